import type { Shape } from './maps.ts';

/**
 * CPU twin of shaders/plain-conv.wgsl up to its epilogue and the coarser map: plain loops, no speed
 * intended. `values` [H][W][G·C], counts or an analog map; `weights` [K][K][C][O], with G groups that
 * are convolved each for itself (depthwise: every channel). Returns the current f32[H'][W'][O], bias
 * included.
 */
export function plainConv(
  values: ArrayLike<number>,
  input: Shape,
  weights: Float32Array,
  bias: Float32Array,
  {
    kernel,
    stride,
    outputs,
    groups = 1,
  }: { kernel: number; stride: number; outputs: number; groups?: number },
): { current: Float32Array; shape: Shape } {
  const padding = Math.floor(kernel / 2);
  const contracted = input.channels / groups;
  const height = Math.ceil(input.height / stride);
  const width = Math.ceil(input.width / stride);
  const current = new Float32Array(height * width * outputs);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let o = 0; o < outputs; o++) {
        const group = Math.floor((o * groups) / outputs);
        let sum = 0;
        for (let dy = 0; dy < kernel; dy++)
          for (let dx = 0; dx < kernel; dx++) {
            const [row, column] = [y * stride + dy - padding, x * stride + dx - padding];
            if (row < 0 || row >= input.height || column < 0 || column >= input.width) continue;
            for (let c = 0; c < contracted; c++) {
              const at = (row * input.width + column) * input.channels + group * contracted + c;
              const tap = ((dy * kernel + dx) * contracted + c) * outputs + o;
              sum += (values[at] ?? NaN) * (weights[tap] ?? NaN);
            }
          }
        current[(y * width + x) * outputs + o] = sum + (bias[o] ?? NaN);
      }
  return { current, shape: { height, width, channels: outputs } };
}
