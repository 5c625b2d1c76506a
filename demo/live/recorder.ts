import { context2d, make } from '../dom.ts';

const TYPES = ['video/webm;codecs=vp9', 'video/webm;codecs=vp8', 'video/webm'];

/** The kind of video that this browser can write, if any. */
export function recordable(): string | undefined {
  if (typeof MediaRecorder === 'undefined') return undefined;
  return TYPES.find((type) => MediaRecorder.isTypeSupported(type));
}

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
    this.#recorder.addEventListener('dataavailable', ({ data }) => this.#chunks.push(data));
    this.#recorder.start();
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

  async stop(): Promise<Blob> {
    const stopped = new Promise((resolve) => this.#recorder.addEventListener('stop', resolve));
    this.#recorder.stop();
    await stopped;
    return new Blob(this.#chunks, { type: 'video/webm' });
  }
}
