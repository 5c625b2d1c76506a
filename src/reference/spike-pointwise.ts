import type { Shape } from './maps.ts';
import { spikeConv } from './spike-conv.ts';
import { upsample } from './upsample.ts';

/**
 * CPU twin of shaders/spike-pointwise.wgsl up to its epilogue: a convolution whose kernel has one tap.
 * `counts` [H][W][C]; `weights` [C][O]; `coarse` f32[h][w][O], upsampled and added. Returns the
 * current f32[H][W][O], bias included.
 */
export function spikePointwise(
  counts: ArrayLike<number>,
  input: Shape,
  weights: Float32Array,
  bias: Float32Array,
  outputs: number,
  coarse?: { readonly map: Float32Array; readonly height: number; readonly width: number },
): { current: Float32Array; shape: Shape } {
  const layer = spikeConv(counts, input, weights, bias, { kernel: 1, stride: 1, outputs });
  if (!coarse) return layer;
  const fine = upsample(coarse.map, { ...coarse, channels: outputs }, layer.shape);
  return { ...layer, current: layer.current.map((value, i) => value + (fine[i] ?? NaN)) };
}
