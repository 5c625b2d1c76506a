import type { Shape } from './maps.ts';
import { bilinear } from './upsample.ts';

/**
 * CPU twin of shaders/semantic.wgsl: plain loops in double, no speed intended.
 * `masks` [h][w][Q]; `probabilities` [Q][classes]; returns [rows.count][width][classes].
 */
export function semantic(
  masks: Float32Array,
  shape: Shape,
  probabilities: ArrayLike<number>,
  classes: number,
  size: { readonly height: number; readonly width: number },
  rows = { first: 0, count: size.height },
): Float64Array {
  const scores = new Float64Array(rows.count * size.width * classes);
  for (let row = 0; row < rows.count; row++)
    for (let x = 0; x < size.width; x++)
      for (let q = 0; q < shape.channels; q++) {
        const logit = bilinear(masks, shape, size, rows.first + row, x, q);
        const sigmoid = 1 / (1 + Math.exp(-logit));
        for (let k = 0; k < classes; k++) {
          const at = (row * size.width + x) * classes + k;
          scores[at] = (scores[at] ?? NaN) + (probabilities[q * classes + k] ?? NaN) * sigmoid;
        }
      }
  return scores;
}
