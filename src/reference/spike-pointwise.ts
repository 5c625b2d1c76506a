import type { Shape } from './maps.ts';

/**
 * CPU twin of shaders/spike-pointwise.wgsl up to its epilogue: plain loops, no speed intended.
 * `counts` [H][W][C]; `weights` [C][O]; returns the current f32[H][W][O], bias included.
 */
export function spikePointwise(
  counts: ArrayLike<number>,
  { height, width, channels }: Shape,
  weights: Float32Array,
  bias: Float32Array,
  outputs: number,
): { current: Float32Array; shape: Shape } {
  const current = new Float32Array(height * width * outputs);
  for (let pixel = 0; pixel < height * width; pixel++)
    for (let o = 0; o < outputs; o++) {
      let sum = bias[o] ?? NaN;
      for (let c = 0; c < channels; c++) {
        sum += (counts[pixel * channels + c] ?? NaN) * (weights[c * outputs + o] ?? NaN);
      }
      current[pixel * outputs + o] = sum;
    }
  return { current, shape: { height, width, channels: outputs } };
}
