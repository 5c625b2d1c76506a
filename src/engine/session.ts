import { throwIfAborted } from '../errors.ts';
import { BufferPool } from '../gpu/buffers.ts';
import type { KernelHost } from '../kernels/kernel.ts';
import type { Fit } from '../model/fit.ts';
import type { Preprocessing } from '../model/manifest.ts';
import type { Size } from '../model/shapes.ts';
import type { Picture } from './picture.ts';
import { Preprocess } from './preprocess.ts';
import type { Program } from './program.ts';
import { Readout, type Labelling } from './readout.ts';

interface SessionOptions {
  readonly preprocessing: Preprocessing;
  readonly source: Size;
  readonly fit: Fit;
}

/** All that pictures of one size need on their way through a program. Owns its buffers. */
export class Session {
  readonly program: Program;
  readonly #device: GPUDevice;
  readonly #pool: BufferPool;
  readonly #preprocess: Preprocess;
  readonly #readout: Readout;

  private constructor(
    device: GPUDevice,
    program: Program,
    pool: BufferPool,
    preprocess: Preprocess,
    readout: Readout,
  ) {
    this.#device = device;
    this.program = program;
    this.#pool = pool;
    this.#preprocess = preprocess;
    this.#readout = readout;
  }

  /** @throws SpikesegError `shader-compile`, `out-of-memory`, `image-invalid` */
  static async create(
    device: GPUDevice,
    makeHost: (pool: BufferPool) => KernelHost,
    program: Program,
    { preprocessing, source, fit }: SessionOptions,
  ): Promise<Session> {
    const pool = new BufferPool(device);
    try {
      const host = makeHost(pool);
      const input = program.buffer(program.graph.input);
      const preprocess = await Preprocess.create(host, pool, source, fit, preprocessing, input);
      const readout = await Readout.create(host, pool, program, source, fit);
      await pool.granted();
      return new Session(device, program, pool, preprocess, readout);
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
   * Takes one picture through, in submits of `stepsPerSubmit` operations.
   * @throws SpikesegError `aborted`
   */
  async run(
    picture: Picture,
    stepsPerSubmit: number,
    { signal, scores }: { signal?: AbortSignal | undefined; scores?: boolean | undefined },
  ): Promise<Labelling> {
    this.#preprocess.upload(picture);
    this.#submit((encoder) => {
      const pass = encoder.beginComputePass({ label: 'preprocess' });
      this.#preprocess.record(pass);
      pass.end();
    });
    const { steps } = this.program;
    for (let from = 0; from < steps.length; from += stepsPerSubmit) {
      throwIfAborted(signal);
      const to = Math.min(from + stepsPerSubmit, steps.length);
      this.#submit((encoder) => this.program.encode(encoder, from, to));
    }
    this.#submit((encoder) => this.#readout.record(encoder, scores === true));
    const labelling = await this.#readout.read(scores === true);
    throwIfAborted(signal);
    return labelling;
  }

  /** Frees its buffers; again, does nothing. */
  destroy(): void {
    this.#preprocess.destroy();
    this.#pool.destroyAll();
  }

  #submit(record: (encoder: GPUCommandEncoder) => void): void {
    const encoder = this.#device.createCommandEncoder();
    record(encoder);
    this.#device.queue.submit([encoder.finish()]);
  }
}
