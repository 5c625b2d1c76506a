import { SpikesegError } from '../errors.ts';
import { BufferPool } from '../gpu/buffers.ts';
import { neuronOf } from '../model/dataflow.ts';
import { tensorBytes, type Graph, type Op, type Tensor } from '../model/graph.ts';
import type { Program } from './program.ts';
import { Staging } from './readback.ts';

/** What a run left behind, by spike tensor. */
export interface Recording {
  readonly spikes: Map<Tensor, Uint32Array>;
  /** The membrane potentials that fired them, where they were stored. */
  readonly potentials: Map<Tensor, Float32Array>;
  /** What neurons with memory were given in this timestep. */
  readonly currents: Map<Tensor, Float32Array>;
}

/** A copy of `tensor`, which belongs to the spikes `fired`, at a byte offset of the staging. */
interface Copy {
  readonly into: keyof Recording;
  readonly fired: Tensor;
  readonly tensor: Tensor;
  readonly at: number;
}

/**
 * Runs a program once and copies the spikes of `wanted` as soon as they are fired, with the
 * potentials behind them. A tensor of `forced` is then overwritten with the words given there, so
 * that what follows sees those: each operation is thus judged by itself (teacher forcing), so the
 * program must not join any.
 * The program's input must be in its buffer; its states stay, for the next timestep.
 */
export async function recordSpikes(
  device: GPUDevice,
  program: Program<Graph>,
  wanted: ReadonlySet<Tensor>,
  forced: ReadonlyMap<Tensor, Uint32Array<ArrayBuffer>> = new Map(),
): Promise<Recording> {
  const pool = new BufferPool(device);
  try {
    let bytes = 0;
    const copiesOf = (op: Op): Copy[] => {
      const { fired, potential, current } = neuronOf(op);
      if (!fired || !wanted.has(fired)) return [];
      const place = (into: keyof Recording, tensor: Tensor | undefined): Copy[] => {
        if (!tensor) return [];
        const at = bytes;
        bytes += tensorBytes(tensor);
        return [{ into, fired, tensor, at }];
      };
      return [
        ...place('spikes', fired),
        ...place('potentials', potential),
        ...place('currents', current),
      ];
    };
    if (forced.size > 0 && program.steps.some(({ ops }) => ops.length > 1)) {
      throw new SpikesegError('internal', 'a program that joins operations cannot be forced');
    }
    const copies = program.steps.map(({ ops }) => ops.flatMap(copiesOf));
    const staging = new Staging(pool, 'recording', bytes);
    const overwrites = new Map(
      [...forced].map(([tensor, words]) => [tensor, pool.upload(`forced ${tensor.label}`, words)]),
    );
    const encoder = device.createCommandEncoder();
    copies.forEach((ofStep, i) => {
      program.encode(encoder, i, i + 1);
      for (const { tensor, at } of ofStep) {
        staging.copy(encoder, program.buffer(tensor), tensorBytes(tensor), at);
      }
      for (const fired of new Set(ofStep.map((copy) => copy.fired))) {
        const overwrite = overwrites.get(fired);
        if (!overwrite) continue;
        encoder.copyBufferToBuffer(overwrite, 0, program.buffer(fired), 0, tensorBytes(fired));
      }
    });
    device.queue.submit([encoder.finish()]);

    const all = await staging.read();
    const recording: Recording = { spikes: new Map(), potentials: new Map(), currents: new Map() };
    for (const { into, fired, tensor, at } of copies.flat()) {
      const length = tensorBytes(tensor) / 4;
      if (into === 'spikes') recording.spikes.set(fired, new Uint32Array(all, at, length));
      else recording[into].set(fired, new Float32Array(all, at, length));
    }
    return recording;
  } finally {
    pool.destroyAll();
  }
}
