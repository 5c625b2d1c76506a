import { BufferPool } from '../gpu/buffers.ts';
import { neuronOf, tensorBytes, type Graph, type Tensor } from '../model/graph.ts';
import type { Program } from './program.ts';
import { Staging } from './readback.ts';

/** What a run left behind, by spike tensor. */
export interface Recording {
  /** Spike words. */
  readonly spikes: ReadonlyMap<Tensor, Uint32Array>;
  /** The membrane potentials that fired them, where they were stored. */
  readonly potentials: ReadonlyMap<Tensor, Float32Array>;
}

/**
 * Runs a program once and copies the spikes of `wanted` as soon as they are fired, with the
 * potentials behind them. A tensor of `forced` is then overwritten with the words given there, so
 * that what follows sees those: each operation is thus judged by itself (teacher forcing).
 * The program's input must be in its buffer.
 */
export async function recordSpikes(
  device: GPUDevice,
  program: Program<Graph>,
  wanted: ReadonlySet<Tensor>,
  forced: ReadonlyMap<Tensor, Uint32Array<ArrayBuffer>> = new Map(),
): Promise<Recording> {
  const pool = new BufferPool(device);
  try {
    const neurons = program.steps.map(({ op }) => neuronOf(op));
    const places = new Map<Tensor, { spikes: number; potential: number }>();
    let bytes = 0;
    const reserve = (tensor: Tensor) => (bytes += tensorBytes(tensor)) - tensorBytes(tensor);
    for (const { fired, potential } of neurons) {
      if (!fired || !wanted.has(fired)) continue;
      places.set(fired, { spikes: reserve(fired), potential: potential ? reserve(potential) : -1 });
    }
    const staging = new Staging(pool, 'recording', bytes);
    const overwrites = new Map(
      [...forced].map(([tensor, words]) => [tensor, pool.upload(`forced ${tensor.label}`, words)]),
    );
    const encoder = device.createCommandEncoder();
    neurons.forEach(({ fired, potential }, i) => {
      program.encode(encoder, i, i + 1);
      const place = fired && places.get(fired);
      if (!place) return;
      const copy = (tensor: Tensor, at: number) =>
        staging.copy(encoder, program.buffer(tensor), tensorBytes(tensor), at);
      copy(fired, place.spikes);
      if (potential) copy(potential, place.potential);
      const overwrite = overwrites.get(fired);
      if (overwrite) {
        encoder.copyBufferToBuffer(overwrite, 0, program.buffer(fired), 0, tensorBytes(fired));
      }
    });
    device.queue.submit([encoder.finish()]);

    const all = await staging.read();
    const spikes = new Map<Tensor, Uint32Array>();
    const potentials = new Map<Tensor, Float32Array>();
    for (const { fired, potential } of neurons) {
      const place = fired && places.get(fired);
      if (!place) continue;
      spikes.set(fired, new Uint32Array(all, place.spikes, tensorBytes(fired) / 4));
      if (!potential) continue;
      potentials.set(fired, new Float32Array(all, place.potential, tensorBytes(potential) / 4));
    }
    return { spikes, potentials };
  } finally {
    pool.destroyAll();
  }
}
