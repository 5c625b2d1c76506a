import type { Shape } from './maps.ts';
import { spikeDepthwise } from './spike-depthwise.ts';

/**
 * CPU twin of shaders/dense-depthwise.wgsl, summed in f64: the loops of {@link spikeDepthwise}, which
 * are the same for counts and for an analog map f32[H][W][C]. `weights` [3][3][C].
 */
export function denseDepthwise(input: Float32Array, shape: Shape, weights: Float32Array) {
  return spikeDepthwise(input, shape, weights, new Float32Array(shape.channels), 3);
}
