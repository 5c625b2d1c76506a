import type { Segmentation } from '../index.ts';

/** Longest side of a picture, in pixels, at which an outline is one pixel wide. */
const OUTLINE_UNIT = 640;
const OUTLINE = 0xffffffff;

/**
 * Paints a label map on a canvas, which takes its size: every class in its colour with a white outline,
 * and nothing where the class is called background.
 * @param colors - `#rrggbb` by label; a class that has none here keeps the model's
 */
export function paintMask(
  canvas: HTMLCanvasElement,
  { width, height, labels, classes }: Segmentation,
  colors: readonly string[],
): void {
  canvas.width = width;
  canvas.height = height;
  const fill = Uint32Array.from(classes, ({ name, color }, label) =>
    name === 'background' ? 0 : opaque(colors[label] ?? color),
  );
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const stroke = Math.max(1, Math.round(Math.max(width, height) / OUTLINE_UNIT));
  for (let y = 0, i = 0; y < height; y++) {
    const below = y + stroke < height ? stroke * width : 0;
    for (let x = 0; x < width; x++, i++) {
      const right = x + stroke < width ? stroke : 0;
      const label = labels[i] ?? 0;
      const edge = label !== labels[i + right] || label !== labels[i + below];
      pixels[i] = edge ? OUTLINE : (fill[label] ?? 0);
    }
  }
  canvas.getContext('2d')?.putImageData(image, 0, 0);
}

/** `#rrggbb` as a little-endian word of ImageData. */
function opaque(color: string): number {
  const value = Number.parseInt(color.slice(1), 16);
  const [red, green, blue] = [value >> 16, (value >> 8) & 255, value & 255];
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
