import { throwIfAborted } from '../errors.ts';
import { BufferPool } from '../gpu/buffers.ts';
import type { KernelHost } from '../kernels/kernel.ts';
import type { Fit } from '../model/fit.ts';
import type { Preprocessing } from '../model/manifest.ts';
import type { OperationProfile } from '../model/profile.ts';
import type { Size } from '../model/shapes.ts';
import { cutByCost } from '../model/submits.ts';
import type { FiringStatistics, StatisticsOptions } from '../model/statistics.ts';
import { onDemand } from '../on-demand.ts';
import type { FiringRecorder } from './firing.ts';
import type { Picture } from './picture.ts';
import { Preprocess } from './preprocess.ts';
import type { Profiler } from './profile.ts';
import type { Program } from './program.ts';
import { Readout, type Labelling } from './readout.ts';

type MakeHost = (pool: BufferPool) => KernelHost;

interface SessionOptions {
  readonly preprocessing: Preprocessing;
  readonly source: Size;
  readonly fit: Fit;
  /** What a submit may cost now, as `costOf` counts; a costlier operation has one to itself. */
  readonly costPerSubmit: () => number;
}

export interface SessionRun {
  readonly signal?: AbortSignal | undefined;
  /** Also read the score map back. */
  readonly scores?: boolean | undefined;
  /** Stop after so many of the D virtual timesteps. @defaultValue D */
  readonly timestep?: number | undefined;
  /** Also count how the neurons fire. */
  readonly statistics?: StatisticsOptions | undefined;
  /** Also run once more to time every dispatch. */
  readonly profile?: boolean | undefined;
}

/** What became of a picture. */
export interface Outcome extends Labelling {
  readonly statistics?: FiringStatistics;
  readonly profile?: readonly OperationProfile[];
}

/** All that pictures of one size need on their way through a program. Owns its buffers. */
export class Session {
  readonly program: Program;
  readonly #device: GPUDevice;
  readonly #makeHost: MakeHost;
  readonly #pool: BufferPool;
  readonly #preprocess: Preprocess;
  readonly #readout: Readout;
  readonly #costPerSubmit: () => number;
  /** Where submits end, by operation, and for what cost. */
  #cut: { readonly cost: number; readonly ends: readonly number[] } | undefined;
  #recorder: FiringRecorder | undefined;
  #profiler: Profiler | undefined;

  private constructor(
    device: GPUDevice,
    makeHost: MakeHost,
    program: Program,
    pool: BufferPool,
    preprocess: Preprocess,
    readout: Readout,
    costPerSubmit: () => number,
  ) {
    this.#device = device;
    this.#makeHost = makeHost;
    this.program = program;
    this.#pool = pool;
    this.#preprocess = preprocess;
    this.#readout = readout;
    this.#costPerSubmit = costPerSubmit;
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
      return new Session(device, makeHost, program, pool, preprocess, readout, costPerSubmit);
    } catch (error) {
      pool.destroyAll();
      throw error;
    }
  }

  get count(): number {
    return this.#pool.count + (this.#recorder?.count ?? 0) + (this.#profiler?.count ?? 0);
  }

  get bytes(): number {
    return this.#pool.bytes + (this.#recorder?.bytes ?? 0) + (this.#profiler?.bytes ?? 0);
  }

  /**
   * Takes one picture through.
   * @throws SpikesegError `aborted`, `invalid-argument`
   */
  async run(
    picture: Picture,
    {
      signal,
      scores = false,
      timestep = this.program.graph.levels,
      statistics,
      profile = false,
    }: SessionRun,
  ): Promise<Outcome> {
    this.program.stopAfter(timestep);
    const profiler = profile ? await this.#time() : undefined;
    // Only the spikes tell what was done in the time.
    const counts = statistics ?? (profile ? {} : undefined);
    const recorder = counts && (await this.#record(counts));
    await this.#preprocess.upload(picture);
    this.#submit((encoder) => {
      this.#enter(encoder);
      recorder?.begin(encoder);
    });
    this.#submitSteps(signal, (encoder, from, to) =>
      this.program.encode(encoder, from, to, recorder?.watch),
    );
    this.#submit((encoder) => {
      this.#readout.record(encoder, scores);
      recorder?.finish(encoder);
    });
    if (profiler) {
      this.#submit((encoder) => this.#enter(encoder));
      this.#submitSteps(signal, (encoder, from, to) => profiler.encode(encoder, from, to));
      this.#submit((encoder) => profiler.finish(encoder));
    }
    // All are read before anything may end the run: what is mapped cannot be written.
    const [labelling, firing, times] = await Promise.all([
      this.#readout.read(scores),
      recorder?.read(),
      profiler?.read(),
    ]);
    throwIfAborted(signal);
    const profiled = firing && times && profiler?.profile(firing, times);
    return {
      ...labelling,
      ...(statistics && firing && { statistics: firing }),
      ...(profiled && { profile: profiled }),
    };
  }

  /** Frees its buffers; again, does nothing. */
  destroy(): void {
    this.#preprocess.destroy();
    this.#recorder?.destroy();
    this.#profiler?.destroy();
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

  /** Made when it is first asked for. */
  async #time(): Promise<Profiler> {
    if (!this.#profiler) {
      const { Profiler } = await onDemand(import('./profile.ts'));
      this.#profiler = await Profiler.create(this.#device, this.program);
    }
    return this.#profiler;
  }

  /** Records how the picture that was uploaded becomes the network's input. */
  #enter(encoder: GPUCommandEncoder): void {
    const pass = encoder.beginComputePass({ label: 'preprocess' });
    this.#preprocess.record(pass);
    pass.end();
  }

  /** Submits the program's steps in parts, each of which holds the GPU for a short time only. */
  #submitSteps(
    signal: AbortSignal | undefined,
    encode: (encoder: GPUCommandEncoder, from: number, to: number) => void,
  ): void {
    const cost = this.#costPerSubmit();
    if (this.#cut?.cost !== cost) {
      this.#cut = { cost, ends: cutByCost(this.program.graph.ops, cost) };
    }
    let from = 0;
    for (const to of this.#cut.ends) {
      throwIfAborted(signal);
      const start = from;
      this.#submit((encoder) => encode(encoder, start, to));
      from = to;
    }
  }

  #submit(record: (encoder: GPUCommandEncoder) => void): void {
    const encoder = this.#device.createCommandEncoder();
    record(encoder);
    this.#device.queue.submit([encoder.finish()]);
  }
}
