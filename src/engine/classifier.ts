import { SpikesegError, throwIfAborted } from '../errors.ts';
import { BufferPool } from '../gpu/buffers.ts';
import { createKernelHost } from '../kernels/host.ts';
import { quoted } from '../model/describe.ts';
import { findNeuron } from '../model/find-neuron.ts';
import { tensorBytes, type ReadWeights, type Tensor } from '../model/graph.ts';
import { buildClassifier, type ClassifierGraph } from '../model/metaspikeformer/classifier.ts';
import type { ClassifierConfig } from '../model/metaspikeformer/config.ts';
import type { Size } from '../model/shapes.ts';
import { readCounts, readPotentials, unitsOf } from '../model/spike-words.ts';
import { ConstantStore } from './constants.ts';
import { Program } from './program.ts';
import { Staging } from './readback.ts';
import { recordSpikes, type Recording } from './record.ts';

export interface ClassifierOptions {
  /** Keep the membrane potentials of all neurons, for traces. @defaultValue false */
  readonly observe?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Spike words to put in the place of those fired, for each timestep. */
export type ForcedSpikes = readonly ReadonlyMap<Tensor, Uint32Array<ArrayBuffer>>[];

/** What the neurons of a layer did over time; units are in the order of the original's tensor. */
export interface MembraneTrace {
  readonly name: string;
  /** A neuron fires where its potential reaches this. */
  readonly threshold: number;
  /** Membrane potentials before each reset, f32 [T][units]. */
  readonly potentials: readonly Float32Array<ArrayBuffer>[];
  /** 1 where a neuron fired, u8 [T][units]. */
  readonly spikes: readonly Uint8Array<ArrayBuffer>[];
}

/**
 * A classifier of leaky neurons on a device, for pictures of one size. Each picture is shown for T
 * timesteps, between which the neurons remember. Owns its buffers. One call at a time.
 */
export class Classifier {
  readonly graph: ClassifierGraph;
  readonly #device: GPUDevice;
  readonly #program: Program<ClassifierGraph>;
  readonly #pool: BufferPool;
  readonly #logits: Staging;

  private constructor(device: GPUDevice, program: Program<ClassifierGraph>, pool: BufferPool) {
    this.graph = program.graph;
    this.#device = device;
    this.#program = program;
    this.#pool = pool;
    this.#logits = new Staging(pool, 'logits', tensorBytes(program.graph.logits));
  }

  /** @throws SpikesegError `weights-invalid`, `shader-compile`, `out-of-memory`, `aborted` */
  static async create(
    device: GPUDevice,
    config: ClassifierConfig,
    size: Size,
    read: ReadWeights,
    { observe = false, signal }: ClassifierOptions = {},
  ): Promise<Classifier> {
    const pool = new BufferPool(device);
    try {
      const graph = buildClassifier(config, size, { observe });
      const constants = new ConstantStore(pool);
      await constants.load(graph, read, { signal });
      const host = (owner: BufferPool) => createKernelHost(device, owner);
      const program = await Program.create(device, host, graph, constants, { signal });
      return new Classifier(device, program, pool);
    } catch (error) {
      pool.destroyAll();
      throw error;
    }
  }

  /**
   * @param picture f32 [H][W][3], normalised
   * @returns logits, f32 [classes]: the mean over the timesteps
   */
  async classify(picture: Float32Array<ArrayBuffer>): Promise<Float32Array> {
    this.#show(picture);
    const encoder = this.#device.createCommandEncoder();
    for (let t = 0; t < this.graph.timesteps; t++) this.#program.encode(encoder);
    this.#device.queue.submit([encoder.finish()]);
    return this.#readLogits();
  }

  /**
   * Classifies a picture and keeps what every neuron did in every timestep. With `forced`, what
   * follows a neuron sees the spikes given there.
   */
  async record(
    picture: Float32Array<ArrayBuffer>,
    { forced, signal }: { forced?: ForcedSpikes; signal?: AbortSignal | undefined } = {},
  ): Promise<{ timesteps: Recording[]; logits: Float32Array }> {
    this.#show(picture);
    const wanted = new Set(this.graph.neurons.map(({ spikes }) => spikes.tensor));
    const timesteps: Recording[] = [];
    for (let t = 0; t < this.graph.timesteps; t++) {
      throwIfAborted(signal);
      timesteps.push(await recordSpikes(this.#device, this.#program, wanted, forced?.[t]));
    }
    return { timesteps, logits: await this.#readLogits() };
  }

  /**
   * The membrane potentials and the spikes of a neuron layer in every timestep. The classifier must
   * have been created with `observe`.
   * @throws SpikesegError `invalid-argument` if there is no such layer, or nothing was observed
   */
  async traceMembranes(picture: Float32Array<ArrayBuffer>, name: string): Promise<MembraneTrace> {
    const neuron = findNeuron(this.graph, name);
    const { tensor } = neuron.spikes;
    const lif = this.graph.ops.find((op) => op.kind === 'lif' && op.fired === tensor);
    if (lif?.kind !== 'lif') throw new SpikesegError('internal', `${quoted(name)} has no memory`);
    const { timesteps } = await this.record(picture);
    const potentials = timesteps.map((recording) => {
      const map = recording.potentials.get(tensor);
      if (map) return readPotentials(map, neuron);
      throw new SpikesegError(
        'invalid-argument',
        `the potentials of ${unitsOf(neuron)} units of ${quoted(name)} were not kept: create the classifier with \`observe\``,
      );
    });
    const spikes = timesteps.map((recording) =>
      readCounts(recording.spikes.get(tensor) ?? new Uint32Array(), neuron),
    );
    return { name, threshold: lif.threshold, potentials, spikes };
  }

  /** Frees its buffers; again, does nothing. */
  destroy(): void {
    this.#program.destroy();
    this.#pool.destroyAll();
  }

  /** The neurons forget the last picture and are given this one. */
  #show(picture: Float32Array<ArrayBuffer>): void {
    const { input } = this.graph;
    if (picture.byteLength !== tensorBytes(input)) {
      const { height, width } = input.shape;
      throw new SpikesegError(
        'invalid-argument',
        `the picture has ${picture.length} values, expected ${width} × ${height} of 3 each`,
      );
    }
    this.#device.queue.writeBuffer(this.#program.buffer(input), 0, picture);
    const encoder = this.#device.createCommandEncoder();
    this.#program.reset(encoder);
    this.#device.queue.submit([encoder.finish()]);
  }

  async #readLogits(): Promise<Float32Array> {
    const { logits } = this.graph;
    const encoder = this.#device.createCommandEncoder();
    this.#logits.copy(encoder, this.#program.buffer(logits), tensorBytes(logits));
    this.#device.queue.submit([encoder.finish()]);
    return new Float32Array(await this.#logits.read());
  }
}
