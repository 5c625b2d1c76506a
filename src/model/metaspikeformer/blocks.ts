import type { GraphBuilder, Potential } from '../builder.ts';
import { withChannels, type Slice } from '../graph.ts';
import { convBn, layerConstants } from '../layers.ts';

export interface Attention {
  readonly q: Slice;
  readonly k: Slice;
  readonly v: Slice;
  readonly heads: number;
  /** On real values: 1/√d in the backbone, 1/√C in the decoder. */
  readonly scale: number;
}

/** Attention without softmax, q (kᵀ v) · scale: exact integers up to the scale. */
export function attend(
  g: GraphBuilder,
  key: string,
  { q, k, v, heads, scale }: Attention,
): Potential {
  const label = `${key}.attention`;
  const current = g.map(label, withChannels(q.tensor.shape, q.channels));
  const { output } = current;
  g.add({ kind: 'attention', label, q, k, v, heads, scale: scale / g.levels ** 3, output });
  return current;
}

/** Neuron, 1×1, neuron, 1×1. `onto` adds the result to a map of the same shape. */
export function mlp(
  g: GraphBuilder,
  key: string,
  x: Potential,
  hidden: number,
  result: { readonly onto: Potential } | { readonly channelMajor: true },
): Potential {
  const c = x.shape.channels;
  const bias = { bias: true };
  const unit = 1 / g.levels;
  const fc1 = { kernel: 1, inputs: c, outputs: hidden, unit } as const;
  const inner = g.spikeConv(`${key}.fc1_conv`, g.fire(x, `${key}.fc1_${g.neuron}`), {
    ...fc1,
    ...layerConstants(g, `${key}.fc1`, fc1, convBn(`${key}.fc1_conv`, `${key}.fc1_bn`, bias)),
  });
  const fc2 = { kernel: 1, inputs: hidden, outputs: c, unit } as const;
  return g.spikeConv(`${key}.fc2_conv`, g.fire(inner, `${key}.fc2_${g.neuron}`), {
    ...fc2,
    ...result,
    ...layerConstants(g, `${key}.fc2`, fc2, convBn(`${key}.fc2_conv`, `${key}.fc2_bn`, bias)),
  });
}
