import type { GraphBuilder, Potential } from '../builder.ts';
import { withChannels, type Slice } from '../graph.ts';
import { convNorm, layerConstants, scaled, type Fold } from '../layers.ts';
import type { Attention } from '../metaspikeformer/blocks.ts';

/** {@link attend} in the order of the original, (q kᵀ · scale) v: a check of the re-association. */
export function attendLiteral(
  g: GraphBuilder,
  key: string,
  { q, k, v, heads, scale }: Attention,
): Potential {
  const label = `${key}.attention`;
  const current = g.map(label, withChannels(q.tensor.shape, q.channels));
  g.add({
    kind: 'attention-literal',
    label,
    q,
    k,
    v,
    heads,
    scoreScale: scale / g.levels ** 2,
    valueScale: 1 / g.levels,
    output: current.output,
  });
  return current;
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

interface Projection {
  /** Add the result to this map. */
  readonly onto?: Potential | undefined;
  /** Add this coarser map, upsampled. */
  readonly coarse?: Potential;
  readonly channelMajor?: boolean;
  /** @defaultValue the batch norm's */
  readonly fold?: Fold;
}

/** Neuron (given), 1×1 with bias, batch norm. */
export function project(
  g: GraphBuilder,
  key: string,
  spikes: Slice,
  outputs: number,
  { fold = convNorm(key, { bias: true }), ...rest }: Projection = {},
): Potential {
  const shape = { kernel: 1, inputs: spikes.channels, outputs, unit: 1 / g.levels } as const;
  const constants = layerConstants(g, key, shape, fold);
  return g.spikeConv(key, spikes, { ...shape, ...rest, ...constants });
}
