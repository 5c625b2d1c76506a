import type { GraphBuilder, Potential } from '../builder.ts';
import { withChannels, type Slice } from '../graph.ts';
import { convBn, convNorm, layerConstants, scaled, type Fold } from '../layers.ts';

interface Attention {
  readonly q: Slice;
  readonly k: Slice;
  readonly v: Slice;
  readonly heads: number;
  /** On real values: 1/√d in the backbone, 1/√C in the decoder. */
  readonly scale: number;
}

/**
 * Attention without softmax, q (kᵀ v) · scale: exact integers up to the scale. Returns the spikes
 * of the neuron behind it.
 */
export function attend(g: GraphBuilder, key: string, { q, k, v, heads, scale }: Attention): Slice {
  const width = v.channels / heads;
  const keyValue = g.tensor(`${key}.kᵀv`, 'i32', { height: heads, width, channels: width });
  g.add({ kind: 'key-value', label: `${key}.kᵀv`, k, v, heads, output: keyValue });
  const shape = withChannels(q.tensor.shape, q.channels);
  const fired = g.spikes(`${key}.attn_spike`, shape);
  g.add({
    kind: 'attention',
    label: `${key}.attention`,
    q,
    keyValue,
    heads,
    scale: scale / g.levels ** 3,
    fired: fired.tensor,
    potential: g.observed(`${key}.attention`, shape),
  });
  return fired;
}

/** {@link attend} in the order of the original, (q kᵀ · scale) v: a check of the re-association. */
export function attendLiteral(
  g: GraphBuilder,
  key: string,
  { q, k, v, heads, scale }: Attention,
): Slice {
  const shape = withChannels(q.tensor.shape, q.channels);
  const fired = g.spikes(`${key}.attn_spike`, shape);
  g.add({
    kind: 'attention-literal',
    label: `${key}.attention`,
    q,
    k,
    v,
    heads,
    scoreScale: scale / g.levels ** 2,
    valueScale: 1 / g.levels,
    fired: fired.tensor,
    potential: g.observed(`${key}.attention`, shape),
  });
  return fired;
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
  const inner = g.spikeConv(`${key}.fc1_conv`, g.fire(x, `${key}.fc1_spike`), {
    ...fc1,
    ...layerConstants(g, `${key}.fc1`, fc1, convBn(`${key}.fc1_conv`, `${key}.fc1_bn`, bias)),
  });
  const fc2 = { kernel: 1, inputs: hidden, outputs: c, unit } as const;
  return g.spikeConv(`${key}.fc2_conv`, g.fire(inner, `${key}.fc2_spike`), {
    ...fc2,
    ...result,
    ...layerConstants(g, `${key}.fc2`, fc2, convBn(`${key}.fc2_conv`, `${key}.fc2_bn`, bias)),
  });
}

interface SeparableConv {
  /** Side of the depthwise kernel. */
  readonly kernel: number;
  /** Add the result to this map, times the layer scale of this name. */
  readonly onto?: { readonly map: Potential; readonly gain: string };
}

/** Neuron, 1×1 to twice the width, neuron, depthwise, neuron, 1×1 back. `spike1` is given. */
export function separableConv(
  g: GraphBuilder,
  key: string,
  spike1: Slice,
  { kernel, onto }: SeparableConv,
): Potential {
  const c = spike1.channels;
  const unit = 1 / g.levels;
  const pointwise = (name: string, input: Slice, outputs: number, fold: Fold, map?: Potential) => {
    const shape = { kernel: 1, inputs: input.channels, outputs, unit } as const;
    const constants = layerConstants(g, `${key}.${name}`, shape, fold);
    return g.spikeConv(`${key}.${name}`, input, { ...shape, onto: map, ...constants });
  };
  const wide = pointwise('pwconv1', spike1, 2 * c, convNorm(`${key}.pwconv1`));
  const depthwise = { kernel, inputs: 1, outputs: 2 * c, unit };
  const spread = g.depthwise(`${key}.dwconv`, g.fire(wide, `${key}.spike2`), {
    ...depthwise,
    ...layerConstants(g, `${key}.dwconv`, depthwise, convNorm(`${key}.dwconv`)),
  });
  const narrow = convNorm(`${key}.pwconv2`);
  const fold = onto ? scaled(narrow, onto.gain) : narrow;
  return pointwise('pwconv2', g.fire(spread, `${key}.spike3`), c, fold, onto?.map);
}

/** Neuron (given), 1×1 with bias, batch norm. */
export function project(
  g: GraphBuilder,
  key: string,
  spikes: Slice,
  outputs: number,
  { onto, channelMajor = false }: { onto?: Potential | undefined; channelMajor?: boolean } = {},
): Potential {
  const shape = { kernel: 1, inputs: spikes.channels, outputs, unit: 1 / g.levels } as const;
  const constants = layerConstants(g, key, shape, convNorm(key, { bias: true }));
  return g.spikeConv(key, spikes, { ...shape, onto, channelMajor, ...constants });
}
