import { SpikesegError, type Segmentation, type Segmenter, type SegmentSource } from '../index.ts';
import { AttributesElement } from './attributes.ts';
import type { SpikeSegmenterEventMap } from './events.ts';
import { Lease } from './lease.ts';
import { fetchPicture, still } from './picture.ts';
import { View } from './view.ts';

/** After these a segmenter goes on with the next picture. */
const HARMLESS = new Set<string>(['image-invalid', 'invalid-argument']);
/** What may have been set before this class was known to the page. */
const PROPERTIES = [
  'model',
  'statistics',
  'opacity',
  'alt',
  'crossOrigin',
  'colors',
  'src',
  'source',
];

/**
 * `<spike-segmenter src="photo.jpg">`: a picture with the classes of its pixels over it. While it is in
 * a document it shows the latest picture that it was given; the model is loaded with the first one, and
 * disposed of when no element uses it any more. `docs/element.md` has the whole of it.
 */
export class SpikeSegmenterElement extends AttributesElement {
  readonly #view = new View(this.attachShadow({ mode: 'open' }));
  #source: SegmentSource | undefined;
  #colors: readonly string[] = [];
  #work = new AbortController();
  #lease: Lease | undefined;
  #segmenter: Segmenter | undefined;
  #result: Segmentation | undefined;

  constructor() {
    super();
    this.#view.opacity = this.opacity;
  }

  /**
   * A picture in place of the one at `src`, until `src` is set. It is read, never changed or closed, and
   * read again when the element comes back to a page: keep it as long as it is set. Of a video, set it
   * again for another frame.
   */
  get source(): SegmentSource | undefined {
    return this.#source;
  }

  set source(source: SegmentSource | undefined) {
    this.#show(source);
  }

  /** `#rrggbb` by label, in place of the model's. */
  get colors(): readonly string[] {
    return this.#colors;
  }

  set colors(colors: readonly string[]) {
    this.#colors = colors;
    if (this.#result !== undefined) this.#view.showResult(this.#result, colors);
  }

  /** Of the picture that is shown; undefined until it is segmented. Yours to keep. */
  get result(): Segmentation | undefined {
    return this.#result;
  }

  /** Shared with all elements of the same model: use it, but leave disposing of it to them. */
  get segmenter(): Segmenter | undefined {
    return this.#segmenter;
  }

  connectedCallback(): void {
    for (const name of PROPERTIES) {
      if (!Object.hasOwn(this, name)) continue;
      const value: unknown = Reflect.get(this, name);
      Reflect.deleteProperty(this, name);
      Reflect.set(this, name, value);
    }
    this.#restart();
  }

  connectedMoveCallback(): void {
    // Wherever it is in the page, it shows the same.
  }

  disconnectedCallback(): void {
    this.#work.abort();
    this.#lease?.release();
    this.#forgetSegmenter();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (name === 'opacity') this.#view.opacity = this.opacity;
    else if (name === 'alt') this.#view.alt = this.alt;
    else if (name === 'src') this.#show(undefined);
    else if (before !== after) this.#restart();
  }

  #show(source: SegmentSource | undefined): void {
    this.#source = source;
    this.#restart();
  }

  /** Shows and segments the picture from the start; what was under way ends. */
  #restart(): void {
    this.#work.abort();
    if (!this.isConnected) return;
    this.#result = undefined;
    const { signal } = (this.#work = new AbortController());
    void this.#run(signal).catch((error: unknown) => {
      if (!signal.aborted) this.#fail(error);
    });
  }

  async #run(signal: AbortSignal): Promise<void> {
    // Attributes that are set one after another make one run.
    await Promise.resolve();
    signal.throwIfAborted();
    const [source, src] = [this.#source, this.src];
    if (source === undefined && src === '') {
      this.#view.clear();
      return;
    }
    this.#view.start();
    const lease = this.#borrow();
    const picture = await (source ? still(source) : fetchPicture(src, this.crossOrigin));
    try {
      signal.throwIfAborted();
      await this.#view.showPicture(picture, signal);
      signal.throwIfAborted();
      this.#view.wait('Loading the model');
      const segmenter = await lease.segmenter;
      signal.throwIfAborted();
      this.#segmenter = segmenter;
      this.#view.wait('Segmenting');
      const { statistics } = this;
      const result = await segmenter.segment(picture, { statistics, signal });
      signal.throwIfAborted();
      this.#result = result;
      this.#view.showResult(result, this.#colors);
      this.#dispatch('result', result);
    } finally {
      if (picture !== source && 'close' in picture) picture.close();
    }
  }

  /** The lease of the wanted model; another one is given back. */
  #borrow(): Lease {
    const model = this.model === '' ? '' : new URL(this.model, document.baseURI).href;
    if (this.#lease?.model === model) return this.#lease;
    this.#lease?.release();
    this.#forgetSegmenter();
    this.#lease = new Lease(model, (progress) => {
      this.#view.progress(progress);
      this.#dispatch('progress', progress);
    });
    return this.#lease;
  }

  #forgetSegmenter(): void {
    this.#lease = undefined;
    this.#segmenter = undefined;
  }

  #fail(cause: unknown): void {
    const error =
      cause instanceof SpikesegError
        ? cause
        : new SpikesegError('internal', `the element failed: ${String(cause)}`, { cause });
    if (!HARMLESS.has(error.code)) {
      this.#lease?.discard();
      this.#forgetSegmenter();
    }
    this.#view.showError(error);
    this.#dispatch('error', error);
  }

  #dispatch<K extends keyof SpikeSegmenterEventMap>(
    type: K,
    detail: SpikeSegmenterEventMap[K]['detail'],
  ): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
