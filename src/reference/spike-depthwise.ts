import type { Shape } from './maps.ts';

/**
 * CPU twin of shaders/spike-depthwise.wgsl up to its epilogue: plain loops, no speed intended.
 * `counts` [H][W][C]; `weights` [K][K][C]; returns the current f32[H][W][C], bias included.
 */
export function spikeDepthwise(
  counts: ArrayLike<number>,
  { height, width, channels }: Shape,
  weights: Float32Array,
  bias: Float32Array,
  kernel: number,
): Float32Array<ArrayBuffer> {
  const padding = Math.floor(kernel / 2);
  const current = new Float32Array(height * width * channels);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let dy = 0; dy < kernel; dy++)
          for (let dx = 0; dx < kernel; dx++) {
            const [row, column] = [y + dy - padding, x + dx - padding];
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            const count = counts[(row * width + column) * channels + c] ?? NaN;
            sum += count * (weights[(dy * kernel + dx) * channels + c] ?? NaN);
          }
        current[(y * width + x) * channels + c] = sum + (bias[c] ?? NaN);
      }
  return current;
}
