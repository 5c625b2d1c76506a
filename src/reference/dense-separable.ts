import { denseDepthwise } from './dense-depthwise.ts';
import type { Shape } from './maps.ts';

/**
 * CPU twin of shaders/dense-separable.wgsl up to its epilogue, summed in f64: {@link denseDepthwise},
 * then a pointwise convolution of each group. `depthwise` [3][3][G·C], `weights` [C][outputs]; returns
 * the current f32[H][W][outputs], bias included.
 */
export function denseSeparable(
  input: Float32Array,
  shape: Shape,
  depthwise: Float32Array,
  weights: Float32Array,
  bias: Float32Array,
  { groups, outputs }: { groups: number; outputs: number },
): Float32Array<ArrayBuffer> {
  const { height, width, channels } = shape;
  const contracted = channels / groups;
  const spread = denseDepthwise(input, shape, depthwise);
  const current = new Float32Array(height * width * outputs);
  for (let pixel = 0; pixel < height * width; pixel++)
    for (let o = 0; o < outputs; o++) {
      const first = pixel * channels + Math.floor((o * groups) / outputs) * contracted;
      let sum = 0;
      for (let c = 0; c < contracted; c++)
        sum += (spread[first + c] ?? NaN) * (weights[c * outputs + o] ?? NaN);
      current[pixel * outputs + o] = sum + (bias[o] ?? NaN);
    }
  return current;
}
