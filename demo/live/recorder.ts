import { context2d, make } from '../dom.ts';

const TYPES = ['video/webm;codecs=vp9', 'video/webm;codecs=vp8', 'video/webm'];

/** The kind of video that this browser can write, if any. */
export function recordable(): string | undefined {
  if (typeof MediaRecorder === 'undefined') return undefined;
  return TYPES.find((type) => MediaRecorder.isTypeSupported(type));
}

/** Milliseconds that an encoder may take to begin, and between pictures offered to it. */
const [PATIENCE, EVERY] = [5000, 50];

/** Records pictures, each shown until the next, as a WebM video. */
export class Recorder {
  readonly #canvas: HTMLCanvasElement;
  readonly #recorder: MediaRecorder;
  readonly #chunks: Blob[] = [];

  /**
   * Begins at once.
   * @param size - of the video, in pixels
   * @param type - as {@link recordable} gives
   */
  constructor({ width, height }: { width: number; height: number }, type: string) {
    this.#canvas = make('canvas', { width, height });
    // Without a context a canvas has no stream.
    context2d(this.#canvas);
    this.#recorder = new MediaRecorder(this.#canvas.captureStream(), { mimeType: type });
    this.#recorder.addEventListener('dataavailable', ({ data }) => {
      if (data.size > 0) this.#chunks.push(data);
    });
    // Told often, so that one knows when a picture is in.
    this.#recorder.start(EVERY);
  }

  /** The next picture: layers from the back to the front, each with its opacity. */
  add(layers: readonly { readonly canvas: HTMLCanvasElement; readonly opacity: number }[]): void {
    const { width, height } = this.#canvas;
    const context = context2d(this.#canvas);
    context.clearRect(0, 0, width, height);
    for (const { canvas, opacity } of layers) {
      context.globalAlpha = opacity;
      context.drawImage(canvas, 0, 0, width, height);
    }
  }

  /** @returns the film, undefined if the browser has encoded no picture */
  async stop(): Promise<Blob | undefined> {
    const end = performance.now() + PATIENCE;
    // One picture alone would have no length, and not every browser plays that.
    while (this.#chunks.length < 2 && performance.now() < end) {
      this.#repeat();
      await new Promise((resolve) => setTimeout(resolve, EVERY));
    }
    const begun = this.#chunks.length > 0;
    const stopped = new Promise((resolve) => this.#recorder.addEventListener('stop', resolve));
    this.#recorder.stop();
    await stopped;
    return begun ? new Blob(this.#chunks, { type: 'video/webm' }) : undefined;
  }

  /** Offers the last picture again: a canvas gives its stream one when it is drawn on. */
  #repeat(): void {
    const context = context2d(this.#canvas);
    context.globalAlpha = 1;
    context.globalCompositeOperation = 'copy';
    context.drawImage(this.#canvas, 0, 0);
    context.globalCompositeOperation = 'source-over';
  }
}
