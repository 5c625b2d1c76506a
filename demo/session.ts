import { Segmenter } from '../src/index.ts';
import type {
  ModelSource,
  Progress,
  Provenance,
  Segmentation,
  SegmentOptions,
  SegmenterStats,
  SegmentSource,
} from '../src/index.ts';

/** Holds one segmenter, and lets the latest wish win: a new one stops what the last one began. */
export class Session {
  #segmenter: Segmenter | undefined;
  #loading = new AbortController();
  #running = new AbortController();

  get segmenter(): Segmenter | undefined {
    return this.#segmenter;
  }

  /**
   * Loads a model in place of the last one.
   * @returns undefined if another model was asked for meanwhile
   * @throws SpikesegError why the model cannot run
   */
  async load(
    model: ModelSource,
    onProgress: (progress: Progress) => void,
  ): Promise<Segmenter | undefined> {
    this.#loading.abort();
    this.#running.abort();
    const { signal } = (this.#loading = new AbortController());
    const last = this.#segmenter;
    this.#segmenter = undefined;
    await last?.dispose();
    return unlessOvertaken(signal, async () => {
      const segmenter = await Segmenter.create({ model, onProgress, signal });
      if (signal.aborted) {
        await segmenter.dispose();
        return undefined;
      }
      this.#segmenter = segmenter;
      return segmenter;
    });
  }

  /**
   * @returns undefined if no model is loaded yet, or another picture was asked for meanwhile
   * @throws SpikesegError why the picture cannot be segmented
   */
  async segment(
    source: SegmentSource,
    options: Omit<SegmentOptions, 'signal'>,
  ): Promise<Segmentation | undefined> {
    this.#running.abort();
    const { signal } = (this.#running = new AbortController());
    return unlessOvertaken(signal, async () =>
      this.#segmenter?.segment(source, { ...options, signal }),
    );
  }

  /**
   * Segments the picture at hand once more, in another way.
   * @returns undefined as `segment`
   * @throws SpikesegError as `segment`, and `aborted`
   */
  async ask(source: SegmentSource, options: SegmentOptions): Promise<Segmentation | undefined> {
    const { signal } = this.#running;
    return unlessOvertaken(signal, async () => {
      const either = AbortSignal.any([signal, ...(options.signal ? [options.signal] : [])]);
      return this.#segmenter?.segment(source, { ...options, signal: either });
    });
  }

  /** @returns undefined if no model is loaded, or it was replaced meanwhile */
  async stats(): Promise<SegmenterStats | undefined> {
    return unlessOvertaken(this.#loading.signal, async () => this.#segmenter?.stats());
  }

  /** What gives the results: undefined as for `stats`. */
  async origin(): Promise<Pick<Provenance, 'model' | 'adapter'> | undefined> {
    const model = this.#segmenter?.model;
    const stats = await this.stats();
    if (model === undefined || stats === undefined) return undefined;
    return { model: { name: model.name, sha256: model.sha256 }, adapter: stats.adapter };
  }
}

/** What comes after the abort, result or error, is of work that nobody waits for any more. */
async function unlessOvertaken<T>(
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    const result = await work();
    return signal.aborted ? undefined : result;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}
