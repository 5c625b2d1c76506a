import { SpikesegError } from '../errors.ts';
import { BufferPool } from '../gpu/buffers.ts';
import type { Graph } from '../model/graph.ts';
import { profileOf, type OperationProfile } from '../model/profile.ts';
import type { FiringStatistics } from '../model/statistics.ts';
import type { Program } from './program.ts';
import { Staging } from './readback.ts';

const QUERY_RESOLVE = 0x200;
const COPY_SRC = 0x4;
/** Bytes of a timestamp. */
const STAMP = 8;

/**
 * Times every dispatch of a program in a pass of its own, by timestamps on the GPU. Owns its query
 * set and its buffers.
 */
export class Profiler {
  readonly #program: Program<Graph>;
  readonly #pool: BufferPool;
  readonly #querySet: GPUQuerySet;
  readonly #stamps: GPUBuffer;
  readonly #staging: Staging;

  private constructor(program: Program<Graph>, pool: BufferPool, querySet: GPUQuerySet) {
    this.#program = program;
    this.#pool = pool;
    this.#querySet = querySet;
    const bytes = STAMP * querySet.count;
    this.#stamps = pool.create('timestamps', bytes, QUERY_RESOLVE | COPY_SRC);
    this.#staging = new Staging(pool, 'timestamps read', bytes);
  }

  /** @throws SpikesegError `invalid-argument` if the device has no timestamps, `out-of-memory` */
  static async create(device: GPUDevice, program: Program<Graph>): Promise<Profiler> {
    if (!device.features.has('timestamp-query')) {
      throw new SpikesegError(
        'invalid-argument',
        'profile was asked for, but this GPU or browser offers no timestamps (the WebGPU feature ' +
          '"timestamp-query"): leave it out, or ask only where stats() says `timestamps`',
      );
    }
    const pool = new BufferPool(device);
    const count = 2 * program.steps.length;
    const querySet = device.createQuerySet({ label: 'profile', type: 'timestamp', count });
    try {
      const profiler = new Profiler(program, pool, querySet);
      await pool.granted();
      return profiler;
    } catch (error) {
      querySet.destroy();
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

  /** Records the program's steps [from, to). */
  encode(encoder: GPUCommandEncoder, from = 0, to = this.#program.steps.length): void {
    const querySet = this.#querySet;
    this.#program.steps.slice(from, to).forEach((step, i) => {
      const at = from + i;
      if (!('dispatch' in step)) {
        this.#program.encode(encoder, at, at + 1);
        return;
      }
      const timestampWrites = {
        querySet,
        beginningOfPassWriteIndex: 2 * at,
        endOfPassWriteIndex: 2 * at + 1,
      };
      const pass = encoder.beginComputePass({
        label: step.ops.map(({ label }) => label).join(' + '),
        timestampWrites,
      });
      step.dispatch(pass);
      pass.end();
    });
  }

  /** Records what comes after the program's last step. */
  finish(encoder: GPUCommandEncoder): void {
    encoder.resolveQuerySet(this.#querySet, 0, this.#querySet.count, this.#stamps, 0);
    this.#staging.copy(encoder, this.#stamps, this.#stamps.size);
  }

  /** Waits for what was submitted: milliseconds of every step, NaN for those in no pass. */
  async read(): Promise<number[]> {
    const nanoseconds = new BigUint64Array(await this.#staging.read());
    return this.#program.steps.map((step, i) => {
      const [begin = 0n, end = 0n] = nanoseconds.subarray(2 * i, 2 * i + 2);
      // A GPU that changes its clock may tell of an end before the beginning.
      return 'dispatch' in step ? Math.max(0, Number(end - begin) / 1e6) : NaN;
    });
  }

  /** What the operations did in their time. */
  profile(firing: FiringStatistics, milliseconds: readonly number[]): OperationProfile[] {
    const { graph, steps } = this.#program;
    return profileOf(steps, graph.neurons, firing, milliseconds);
  }

  /** Frees what it owns; again, does nothing. */
  destroy(): void {
    this.#querySet.destroy();
    this.#pool.destroyAll();
  }
}
