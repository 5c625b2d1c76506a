import type { Shape } from './maps.ts';
import { fire } from './rounding.ts';
import { spikePointwise } from './spike-pointwise.ts';

/** Weights [inputs][outputs] and bias of a pointwise layer. */
export interface PointwiseLayer {
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

/**
 * CPU twin of shaders/spike-mlp.wgsl up to its second neuron: one pointwise layer, a neuron of
 * `levels`, another layer. `counts` [H][W][C]. Returns the counts between the layers [H][W][F], and the
 * current f32[H][W][O], biases included.
 */
export function spikeMlp(
  counts: ArrayLike<number>,
  input: Shape,
  layers: readonly [PointwiseLayer, PointwiseLayer],
  levels: number,
): { hidden: Uint8Array; current: Float32Array; shape: Shape } {
  const [{ weights, bias }, second] = layers;
  const first = spikePointwise(counts, input, weights, bias, bias.length);
  const hidden = Uint8Array.from(first.current, (potential) => fire(potential, levels));
  const { length } = second.bias;
  return { hidden, ...spikePointwise(hidden, first.shape, second.weights, second.bias, length) };
}
