import type { Shape } from './maps.ts';

/**
 * CPU twin of shaders/spike-conv.wgsl up to its epilogue: plain loops, no speed intended.
 * `counts` [H][W][C]; `weights` [K][K][C][O]; returns the current f32[H'][W'][O], bias included.
 */
export function spikeConv(
  counts: ArrayLike<number>,
  input: Shape,
  weights: Float32Array,
  bias: Float32Array,
  { kernel, stride, outputs }: { kernel: number; stride: number; outputs: number },
): { current: Float32Array; shape: Shape } {
  const padding = Math.floor(kernel / 2);
  const height = Math.ceil(input.height / stride);
  const width = Math.ceil(input.width / stride);
  const current = new Float32Array(height * width * outputs);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let o = 0; o < outputs; o++) {
        let sum = 0;
        for (let dy = 0; dy < kernel; dy++)
          for (let dx = 0; dx < kernel; dx++) {
            const [row, column] = [y * stride + dy - padding, x * stride + dx - padding];
            if (row < 0 || row >= input.height || column < 0 || column >= input.width) continue;
            for (let c = 0; c < input.channels; c++) {
              const count = counts[(row * input.width + column) * input.channels + c] ?? NaN;
              const weight =
                weights[((dy * kernel + dx) * input.channels + c) * outputs + o] ?? NaN;
              sum += count * weight;
            }
          }
        current[(y * width + x) * outputs + o] = sum + (bias[o] ?? NaN);
      }
  return { current, shape: { height, width, channels: outputs } };
}
