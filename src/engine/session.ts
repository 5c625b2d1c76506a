import { throwIfAborted } from '../errors.ts';
import { BufferPool } from '../gpu/buffers.ts';
import type { KernelHost } from '../kernels/kernel.ts';
import type { Fit } from '../model/fit.ts';
import type { Preprocessing } from '../model/manifest.ts';
import type { Size } from '../model/shapes.ts';
import { cutByCost } from '../model/submits.ts';
import type { FiringStatistics, StatisticsOptions } from '../model/statistics.ts';
import { onDemand } from '../on-demand.ts';
import type { FiringRecorder } from './firing.ts';
import type { Picture } from './picture.ts';
import { Preprocess } from './preprocess.ts';
import type { Program } from './program.ts';
import { Readout, type Labelling } from './readout.ts';

type MakeHost = (pool: BufferPool) => KernelHost;

interface SessionOptions {
  readonly preprocessing: Preprocessing;
  readonly source: Size;
  readonly fit: Fit;
  /** What a submit may cost, as `costOf` counts; a costlier operation has one to itself. */
  readonly costPerSubmit: number;
}

export interface SessionRun {
  readonly signal?: AbortSignal | undefined;
  /** Also read the score map back. */
  readonly scores?: boolean | undefined;
  /** Stop after so many of the D virtual timesteps. @defaultValue D */
  readonly timestep?: number | undefined;
  /** Also count how the neurons fire. */
  readonly statistics?: StatisticsOptions | undefined;
}

/** What became of a picture. */
export interface Outcome extends Labelling {
  readonly statistics?: FiringStatistics;
}

/** All that pictures of one size need on their way through a program. Owns its buffers. */
export class Session {
  readonly program: Program;
  readonly #device: GPUDevice;
  readonly #makeHost: MakeHost;
  readonly #pool: BufferPool;
  readonly #preprocess: Preprocess;
  readonly #readout: Readout;
  /** Where submits end, by operation. */
  readonly #ends: readonly number[];
  #recorder: FiringRecorder | undefined;

  private constructor(
    device: GPUDevice,
    makeHost: MakeHost,
    program: Program,
    pool: BufferPool,
    preprocess: Preprocess,
    readout: Readout,
    ends: readonly number[],
  ) {
    this.#device = device;
    this.#makeHost = makeHost;
    this.program = program;
    this.#pool = pool;
    this.#preprocess = preprocess;
    this.#readout = readout;
    this.#ends = ends;
  }

  /** @throws SpikesegError `shader-compile`, `out-of-memory`, `image-invalid` */
  static async create(
    device: GPUDevice,
    makeHost: MakeHost,
    program: Program,
    { preprocessing, source, fit, costPerSubmit }: SessionOptions,
  ): Promise<Session> {
    const pool = new BufferPool(device);
    try {
      const host = makeHost(pool);
      const input = program.buffer(program.graph.input);
      const preprocess = await Preprocess.create(host, pool, source, fit, preprocessing, input);
      const readout = await Readout.create(host, pool, program, source, fit);
      await pool.granted();
      const ends = cutByCost(program.graph.ops, costPerSubmit);
      return new Session(device, makeHost, program, pool, preprocess, readout, ends);
    } catch (error) {
      pool.destroyAll();
      throw error;
    }
  }

  get count(): number {
    return this.#pool.count + (this.#recorder?.count ?? 0);
  }

  get bytes(): number {
    return this.#pool.bytes + (this.#recorder?.bytes ?? 0);
  }

  /**
   * Takes one picture through.
   * @throws SpikesegError `aborted`, `invalid-argument`
   */
  async run(
    picture: Picture,
    { signal, scores = false, timestep = this.program.graph.levels, statistics }: SessionRun,
  ): Promise<Outcome> {
    this.program.stopAfter(timestep);
    const recorder = statistics && (await this.#record(statistics));
    await this.#preprocess.upload(picture);
    this.#submit((encoder) => {
      const pass = encoder.beginComputePass({ label: 'preprocess' });
      this.#preprocess.record(pass);
      pass.end();
      recorder?.begin(encoder);
    });
    let from = 0;
    for (const to of this.#ends) {
      throwIfAborted(signal);
      const start = from;
      this.#submit((encoder) => this.program.encode(encoder, start, to, recorder?.watch));
      from = to;
    }
    this.#submit((encoder) => {
      this.#readout.record(encoder, scores);
      recorder?.finish(encoder);
    });
    // Both are read before anything may end the run: what is mapped cannot be written.
    const [labelling, firing] = await Promise.all([this.#readout.read(scores), recorder?.read()]);
    throwIfAborted(signal);
    return firing ? { ...labelling, statistics: firing } : labelling;
  }

  /** Frees its buffers; again, does nothing. */
  destroy(): void {
    this.#preprocess.destroy();
    this.#recorder?.destroy();
    this.#pool.destroyAll();
  }

  /** Made when it is first asked for. */
  async #record(options: StatisticsOptions): Promise<FiringRecorder> {
    if (!this.#recorder) {
      const { FiringRecorder } = await onDemand(import('./firing.ts'));
      this.#recorder = await FiringRecorder.create(this.#device, this.#makeHost, this.program);
    }
    await this.#recorder.prepare(options);
    return this.#recorder;
  }

  #submit(record: (encoder: GPUCommandEncoder) => void): void {
    const encoder = this.#device.createCommandEncoder();
    record(encoder);
    this.#device.queue.submit([encoder.finish()]);
  }
}
