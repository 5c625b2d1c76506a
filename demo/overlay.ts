import type { Segmentation } from '../src/index.ts';
import { context2d } from './dom.ts';
import { inkOn, isBackground, rgb } from './palette.ts';
import { hasInk } from './patterns.ts';

export interface OverlayLook {
  /** `#rrggbb` in label order. */
  readonly colors: readonly string[];
  readonly hidden: ReadonlySet<number>;
  /** The one class to show alone, for as long as it is pointed at in the legend. */
  readonly spotlight: number | undefined;
  readonly patterns: boolean;
}

/** Longest side of a picture, in pixels, at which an outline is one pixel wide. */
const OUTLINE_UNIT = 640;
/** The background darkens the photo rather than covering it. */
const BACKGROUND_ALPHA = 150;
/** Lines of a pattern let some of the photo through. */
const INK_ALPHA = 200;
const OUTLINE = rgba([255, 255, 255], 255);

/**
 * Paints a label map over the whole canvas, which takes the size of the map: colours, optional
 * patterns, and a white outline wherever two classes meet. Opacity is left to whoever shows it.
 */
export function paintOverlay(
  canvas: HTMLCanvasElement,
  segmentation: Segmentation,
  look: OverlayLook,
): void {
  const { width, height, labels } = segmentation;
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const fill = fills(segmentation, look);
  const ink = inks(look);
  const stroke = Math.max(1, Math.round(Math.max(width, height) / OUTLINE_UNIT));

  for (let y = 0, i = 0; y < height; y++) {
    const below = y + stroke < height ? stroke * width : 0;
    for (let x = 0; x < width; x++, i++) {
      const label = labels[i] ?? 0;
      const right = x + stroke < width ? stroke : 0;
      const color = fill[label] ?? 0;
      const across = fill[labels[i + right] ?? 0] ?? 0;
      const under = fill[labels[i + below] ?? 0] ?? 0;
      if (color !== across || color !== under) pixels[i] = OUTLINE;
      else if (color !== 0 && look.patterns && hasInk(label, x, y, stroke))
        pixels[i] = ink[label] ?? 0;
      else pixels[i] = color;
    }
  }
  context2d(canvas).putImageData(image, 0, 0);
}

/** Colour of every class, 0 (transparent) if it is not shown. */
function fills({ classes }: Segmentation, look: OverlayLook): Uint32Array {
  return Uint32Array.from(classes, (item, label) => {
    const shown = look.spotlight === undefined ? !look.hidden.has(label) : look.spotlight === label;
    if (!shown) return 0;
    const alpha = isBackground(item) && look.spotlight !== label ? BACKGROUND_ALPHA : 255;
    return rgba(rgb(look.colors[label] ?? item.color), alpha);
  });
}

function inks({ colors }: OverlayLook): Uint32Array {
  return Uint32Array.from(colors, (color) => rgba(rgb(inkOn(color)), INK_ALPHA));
}

/** One pixel as ImageData holds it, read as a little-endian word. */
function rgba([red, green, blue]: readonly [number, number, number], alpha: number): number {
  return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
