import { SpikesegError } from '../errors.ts';
import { BufferPool, STORAGE } from '../gpu/buffers.ts';
import { createFiring } from '../kernels/firing.ts';
import type { Dispatch, KernelHost } from '../kernels/kernel.ts';
import { neuronOf } from '../model/dataflow.ts';
import type { Op, Slice, Tensor } from '../model/graph.ts';
import { measureNetwork, sliceKey, type SliceFiring } from '../model/measure.ts';
import { TILE } from '../model/shapes.ts';
import type { FiringStatistics, StatisticsOptions } from '../model/statistics.ts';
import { summarise } from '../model/summarise.ts';
import type { Program, Watch } from './program.ts';
import { Staging } from './readback.ts';
import { SpikeCopies } from './spike-copies.ts';

/** Elements of a histogram. */
const LEVELS = 16;

/** Where the sums of a slice are, in elements. */
interface Place {
  readonly slice: Slice;
  readonly at: number;
}

/**
 * Counts on the GPU how the neurons of a program fire, each layer as soon as it has: its spikes may
 * be overwritten later. Owns its buffers.
 */
export class FiringRecorder {
  /** Goes with the encoding of the program's steps. */
  readonly watch: Watch;
  readonly #program: Program;
  readonly #pool: BufferPool;
  readonly #sums: GPUBuffer;
  readonly #staging: Staging;
  readonly #places: ReadonlyMap<string, Place>;
  #options: StatisticsOptions = {};
  #copies: SpikeCopies | undefined;

  private constructor(
    program: Program,
    pool: BufferPool,
    sums: GPUBuffer,
    places: ReadonlyMap<string, Place>,
    dispatches: ReadonlyMap<Tensor, readonly Dispatch[]>,
  ) {
    this.#program = program;
    this.#pool = pool;
    this.#sums = sums;
    this.#staging = new Staging(pool, 'firing', sums.size);
    this.#places = places;
    this.watch = (op: Op, pass) => {
      const { fired } = neuronOf(op);
      if (!fired) return undefined;
      for (const dispatch of dispatches.get(fired) ?? []) dispatch(pass);
      return this.#copies?.keep(fired);
    };
  }

  /** @throws SpikesegError `shader-compile`, `out-of-memory` */
  static async create(
    device: GPUDevice,
    makeHost: (pool: BufferPool) => KernelHost,
    program: Program,
  ): Promise<FiringRecorder> {
    const pool = new BufferPool(device);
    try {
      const host = makeHost(pool);
      const { levels, neurons } = program.graph;
      const places = new Map<string, Place>();
      let elements = 0;
      for (const { spikes: slice } of neurons) {
        if (places.has(sliceKey(slice))) continue;
        places.set(sliceKey(slice), { slice, at: elements });
        elements += elementsOf(slice);
      }
      const sums = pool.create('firing', 4 * elements, STORAGE);
      const dispatches = new Map<Tensor, Dispatch[]>();
      for (const { slice, at } of places.values()) {
        const { tensor, offset, channels } = slice;
        const { height, width, channels: stride } = tensor.shape;
        const input = { height, width, channels, stride, offset };
        const create = await createFiring(host, { input, levels, at });
        const dispatch = create({ spikes: program.buffer(tensor), sums });
        dispatches.set(tensor, [...(dispatches.get(tensor) ?? []), dispatch]);
      }
      const recorder = new FiringRecorder(program, pool, sums, places, dispatches);
      await pool.granted();
      return recorder;
    } catch (error) {
      pool.destroyAll();
      throw error;
    }
  }

  get count(): number {
    return this.#pool.count;
  }

  get bytes(): number {
    return this.#pool.bytes;
  }

  /**
   * Says what the runs from now on are to tell.
   * @throws SpikesegError `invalid-argument` if there is no layer of a name, `out-of-memory`
   */
  async prepare(options: StatisticsOptions): Promise<void> {
    const { spikes = [] } = options;
    const same = String(spikes) === String(this.#options.spikes ?? []);
    if (!same) {
      this.#copies?.destroy();
      this.#copies = undefined;
      this.#options = {};
      if (spikes.length > 0) this.#copies = new SpikeCopies(this.#pool, this.#program, spikes);
      await this.#pool.granted();
    }
    this.#options = options;
  }

  /** Records what comes before the program's first step. */
  begin(encoder: GPUCommandEncoder): void {
    encoder.clearBuffer(this.#sums);
  }

  /** Records what comes after its last. */
  finish(encoder: GPUCommandEncoder): void {
    this.#staging.copy(encoder, this.#sums, this.#sums.size);
  }

  /** Waits for what was submitted, and tells how the network fired. */
  async read(): Promise<FiringStatistics> {
    const [sums, spikeCounts] = await Promise.all([this.#staging.read(), this.#copies?.read()]);
    const { graph, timestep: levels } = this.#program;
    const { maps } = this.#options;
    return summarise(measureNetwork(graph, this.#firing(sums), { levels, maps, spikeCounts }));
  }

  /** Frees its buffers; again, does nothing. */
  destroy(): void {
    this.#pool.destroyAll();
  }

  #firing(all: ArrayBuffer): (slice: Slice) => SliceFiring {
    return (slice) => {
      const place = this.#places.get(sliceKey(slice));
      if (!place) throw new SpikesegError('internal', `${slice.tensor.label} was not counted`);
      const at = 4 * place.at;
      const { height, width } = slice.tensor.shape;
      const row = TILE * Math.ceil(width / TILE);
      const padded = new Uint16Array(all, at + 4 * (LEVELS + slice.channels), height * row);
      return {
        histogram: new Uint32Array(all, at, LEVELS),
        channels: new Uint32Array(all, at + 4 * LEVELS, slice.channels),
        map: row === width ? padded : padded.filter((_, i) => i % row < width),
      };
    };
  }
}

function elementsOf({ tensor, channels }: Slice): number {
  const { height, width } = tensor.shape;
  return LEVELS + channels + (height * Math.ceil(width / TILE) * TILE) / 2;
}
