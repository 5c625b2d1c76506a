import type { Shape } from './maps.ts';
import { spikeConv } from './spike-conv.ts';

/**
 * CPU twin of shaders/spike-pointwise.wgsl up to its epilogue: a convolution whose kernel has one tap.
 * `counts` [H][W][C]; `weights` [C][O]; returns the current f32[H][W][O], bias included.
 */
export function spikePointwise(
  counts: ArrayLike<number>,
  input: Shape,
  weights: Float32Array,
  bias: Float32Array,
  outputs: number,
): { current: Float32Array; shape: Shape } {
  return spikeConv(counts, input, weights, bias, { kernel: 1, stride: 1, outputs });
}
