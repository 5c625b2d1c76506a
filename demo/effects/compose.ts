import { context2d, make } from '../dom.ts';
import type { Alpha } from './alpha.ts';
import { blurBehind } from './blur.ts';
import type { Effect } from './effect.ts';

/** Longest side, in pixels, at which a background is blurred; no more detail is left. */
const BLURRED_SIDE = 192;
/** Largest radius of the blur, as part of that side. */
const BLUR = 0.04;

/**
 * Paints a photo with an effect over the whole target, which takes the photo's size.
 * @param alpha - of what stays, or of what is recoloured, a byte for every pixel of the photo
 */
export function compose(
  target: HTMLCanvasElement,
  photo: HTMLCanvasElement,
  alpha: Alpha,
  effect: Effect,
): void {
  const { width, height } = photo;
  if (target.width !== width || target.height !== height) Object.assign(target, { width, height });
  const context = context2d(target);
  const mask = maskOf(alpha, width, height);
  context.clearRect(0, 0, width, height);
  if (effect.kind === 'recolor') {
    context.drawImage(photo, 0, 0);
    context.globalCompositeOperation = 'color';
    context.drawImage(within(mask, `hsl(${effect.hue} 60% 50%)`), 0, 0);
    context.globalCompositeOperation = 'source-over';
    return;
  }
  paintBackground(context, photo, mask, effect);
  context.drawImage(within(mask, photo), 0, 0);
}

function paintBackground(
  context: CanvasRenderingContext2D,
  photo: HTMLCanvasElement,
  mask: HTMLCanvasElement,
  effect: Exclude<Effect, { kind: 'recolor' }>,
): void {
  const { width, height } = photo;
  if (effect.kind === 'color') {
    context.fillStyle = effect.color;
    context.fillRect(0, 0, width, height);
  } else if (effect.kind === 'blur') {
    context.imageSmoothingQuality = 'high';
    context.drawImage(blurred(photo, mask, effect.strength), 0, 0, width, height);
  } else if (effect.kind === 'picture' && effect.picture !== undefined) {
    cover(context, effect.picture, width, height);
  }
}

/** A fill or a photo where the mask is, transparent elsewhere. */
function within(mask: HTMLCanvasElement, what: HTMLCanvasElement | string): HTMLCanvasElement {
  const { width, height } = mask;
  const layer = make('canvas', { width, height });
  const context = context2d(layer);
  if (typeof what === 'string') {
    context.fillStyle = what;
    context.fillRect(0, 0, width, height);
  } else context.drawImage(what, 0, 0);
  context.globalCompositeOperation = 'destination-in';
  context.drawImage(mask, 0, 0);
  return layer;
}

function maskOf(alpha: Alpha, width: number, height: number): HTMLCanvasElement {
  const mask = make('canvas', { width, height });
  const image = new ImageData(width, height);
  alpha.forEach((value, i) => {
    image.data[4 * i + 3] = value;
  });
  context2d(mask).putImageData(image, 0, 0);
  return mask;
}

/** The photo without what the mask covers, small and blurred. */
function blurred(
  photo: HTMLCanvasElement,
  mask: HTMLCanvasElement,
  strength: number,
): HTMLCanvasElement {
  const factor = Math.min(1, BLURRED_SIDE / Math.max(photo.width, photo.height));
  const width = Math.max(1, Math.round(photo.width * factor));
  const height = Math.max(1, Math.round(photo.height * factor));
  const small = make('canvas', { width, height });
  const context = context2d(small, { willReadFrequently: true });
  const shrunk = (image: HTMLCanvasElement) => {
    context.clearRect(0, 0, width, height);
    context.drawImage(image, 0, 0, width, height);
    return context.getImageData(0, 0, width, height);
  };
  const covered = shrunk(mask).data.filter((_, i) => i % 4 === 3);
  const radius = Math.round(strength * BLUR * Math.max(width, height));
  const data = blurBehind(shrunk(photo), covered, radius);
  context.putImageData(new ImageData(data, width, height), 0, 0);
  return small;
}

/** Draws a picture as large as it takes to cover everything, centred. */
function cover(
  context: CanvasRenderingContext2D,
  picture: ImageBitmap,
  width: number,
  height: number,
): void {
  const factor = Math.max(width / picture.width, height / picture.height);
  const [w, h] = [picture.width * factor, picture.height * factor];
  context.drawImage(picture, (width - w) / 2, (height - h) / 2, w, h);
}
