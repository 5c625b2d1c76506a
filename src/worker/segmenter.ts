import { bundledModel } from '../bundled.ts';
import { throwIfAborted } from '../errors.ts';
import { onDemand } from '../on-demand.ts';
import type {
  CreateOptions,
  ModelInfo,
  Segmentation,
  SegmentOptions,
  SegmenterStats,
  SegmentSource,
} from './api.ts';
import type { Backend } from './backend.ts';
import { connectBackend, disposed } from './client.ts';
import { locate } from './loader.ts';
import { toPicture } from './picture.ts';

/**
 * Segments pictures with a spiking transformer on WebGPU.
 *
 * ```ts
 * const segmenter = await Segmenter.create();
 * const { labels, width, height, classes } = await segmenter.segment(photo);
 * ```
 */
export class Segmenter {
  /** What was loaded. */
  readonly model: ModelInfo;
  #backend: Backend | undefined;

  private constructor(backend: Backend) {
    this.model = backend.model;
    this.#backend = backend;
  }

  /**
   * Loads a model, compiles the kernels to begin with and runs each once. In a worker, unless told otherwise.
   * @throws SpikesegError `webgpu-unavailable`, `network`, `manifest-invalid`, `weights-invalid`,
   * `integrity`, `out-of-memory`, `aborted`, `worker-died`
   */
  static async create(options: CreateOptions = {}): Promise<Segmenter> {
    const { model = bundledModel(), worker = true, gpu, ...rest } = options;
    const location = locate(model);
    if (worker) return new Segmenter(await connectBackend({ ...rest, model: location }));
    // A page whose worker has the engine needs none of its own.
    const { createBackend } = await onDemand(import('./backend.ts'));
    return new Segmenter(await createBackend({ ...rest, model: location, gpu }));
  }

  /**
   * Labels every pixel of a picture. Calls run in the order in which they come.
   * @throws SpikesegError `image-invalid`, `invalid-argument`, `aborted`, `device-lost`,
   * `out-of-memory`, `worker-died`, `disposed`
   */
  async segment(source: SegmentSource, options: SegmentOptions = {}): Promise<Segmentation> {
    const started = performance.now();
    const backend = this.#expectBackend();
    throwIfAborted(options.signal);
    const picture = await toPicture(source);
    const decoded = performance.now();
    const result = await backend.segment(picture, options);
    const decode = decoded - started;
    return {
      ...result,
      timings: { decode, run: result.timings.run, total: performance.now() - started },
    };
  }

  /** @throws SpikesegError `disposed`, `worker-died` */
  async stats(): Promise<SegmenterStats> {
    return this.#expectBackend().stats();
  }

  /** Frees the GPU's memory and the worker; calls that come later reject. Again, does nothing. */
  async dispose(): Promise<void> {
    const backend = this.#backend;
    this.#backend = undefined;
    await backend?.dispose();
  }

  #expectBackend(): Backend {
    if (this.#backend) return this.#backend;
    throw disposed();
  }
}
