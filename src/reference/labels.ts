import type { Shape } from './maps.ts';
import { bilinear } from './upsample.ts';

/**
 * CPU twin of shaders/labels.wgsl for a whole picture: `scores` f32[H][W][K], of which the upper left
 * `content` shows the picture.
 */
export function labels(
  scores: Float32Array,
  { width, channels }: Shape,
  content: { readonly height: number; readonly width: number },
  picture: { readonly height: number; readonly width: number },
): Uint16Array {
  const cropped = new Float32Array(content.height * content.width * channels);
  for (let y = 0; y < content.height; y++) {
    const row = scores.subarray(y * width * channels, (y * width + content.width) * channels);
    cropped.set(row, y * content.width * channels);
  }
  const shape = { ...content, channels };
  const best = new Uint16Array(picture.height * picture.width);
  for (let y = 0; y < picture.height; y++)
    for (let x = 0; x < picture.width; x++) {
      let highest = -Infinity;
      for (let k = 0; k < channels; k++) {
        const score = bilinear(cropped, shape, picture, y, x, k);
        if (score <= highest) continue;
        highest = score;
        best[y * picture.width + x] = k;
      }
    }
  return best;
}
