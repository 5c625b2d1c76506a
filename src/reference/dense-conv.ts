import type { Shape } from './maps.ts';
import { spikeConv } from './spike-conv.ts';

/**
 * CPU twin of shaders/dense-conv.wgsl up to its epilogue, summed in f64: the loops of
 * {@link spikeConv}, which are the same for counts and for an analog map f32[H][W][C].
 */
export function denseConv(
  input: Float32Array,
  shape: Shape,
  weights: Float32Array,
  bias: Float32Array,
  options: { kernel: number; stride: number; outputs: number },
) {
  return spikeConv(input, shape, weights, bias, options);
}
