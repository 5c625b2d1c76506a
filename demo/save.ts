import type { Segmentation } from '../src/index.ts';
import { context2d, element, make } from './dom.ts';
import { isBackground } from './palette.ts';
import { encodePalettePng } from './png.ts';
import type { Stage } from './stage.ts';

/** The buttons that save what is on the stage. */
export class SaveButtons {
  readonly #onError: (error: unknown) => void;
  readonly #buttons: readonly HTMLButtonElement[];
  #name = '';
  #result: Segmentation | undefined;

  constructor(stage: Stage, onError: (error: unknown) => void) {
    this.#onError = onError;
    this.#buttons = [
      this.#button('mask', (result) => maskPng(result, stage.look.colors)),
      this.#button('overlay', () => overlayPng(stage)),
      this.#button('cut-out', (result) => cutOutPng(stage, result)),
    ];
  }

  /** @param name - of the photo; the files are named after it */
  setName(name: string): void {
    this.#name = name;
  }

  setResult(result: Segmentation | undefined): void {
    this.#result = result;
    for (const button of this.#buttons) button.disabled = result === undefined;
  }

  #button(what: string, write: (result: Segmentation) => Promise<Blob>): HTMLButtonElement {
    const button = element(`save-${what}`, HTMLButtonElement);
    button.addEventListener('click', () => {
      if (this.#result === undefined) return;
      const file = `${this.#name}-${what}.png`;
      write(this.#result).then((png) => download(png, file), this.#onError);
    });
    return button;
  }
}

/** The label map as a PNG whose pixel values are the class indices. */
async function maskPng(
  { width, height, labels }: Segmentation,
  colors: readonly string[],
): Promise<Blob> {
  if (labels instanceof Uint16Array) {
    throw new RangeError('A palette holds 256 colours; this model has more classes than that.');
  }
  return encodePalettePng(width, height, labels, colors);
}

/** The photo with the overlay as it is seen. */
async function overlayPng({ photo, overlay, opacity }: Stage): Promise<Blob> {
  const { canvas, context } = copyOf(photo);
  context.globalAlpha = opacity;
  context.drawImage(overlay, 0, 0);
  return toPng(canvas);
}

/** The photo where a class is shown that is not the background, transparent elsewhere. */
async function cutOutPng(
  { photo, look }: Stage,
  { width, height, labels, classes }: Segmentation,
): Promise<Blob> {
  const { canvas, context } = copyOf(photo);
  const image = context.getImageData(0, 0, width, height);
  const keeps = classes.map((item, label) => !isBackground(item) && !look.hidden.has(label));
  labels.forEach((label, i) => {
    if (keeps[label] !== true) image.data[4 * i + 3] = 0;
  });
  context.putImageData(image, 0, 0);
  return toPng(canvas);
}

/** Hands a file to the browser's downloads. */
export function download(blob: Blob, fileName: string): void {
  const href = URL.createObjectURL(blob);
  make('a', { href, download: fileName }).click();
  // The browser reads the address after this turn.
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

function copyOf(photo: HTMLCanvasElement) {
  const canvas = make('canvas', { width: photo.width, height: photo.height });
  const context = context2d(canvas);
  context.drawImage(photo, 0, 0);
  return { canvas, context };
}

/** @throws Error with a sentence for people if the canvas is too large */
export async function toPng(canvas: HTMLCanvasElement): Promise<Blob> {
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (blob === null)
    throw new Error('This browser could not write the PNG: the picture is too large.');
  return blob;
}
