import { SpikesegError } from '../../errors.ts';
import type { GraphBuilder, Potential } from '../builder.ts';
import type { ModelConfig } from '../config.ts';
import { tokens, type LayerPart, type Slice } from '../graph.ts';
import { convBn, convNorm, layerConstants, type Fold } from '../layers.ts';
import { attend } from '../metaspikeformer/blocks.ts';
import { attendLiteral, project } from './blocks.ts';
import { sinePosition } from './position.ts';

const KEY = 'decode_head';
const layout = 'channels-last';

/** Spikes of one level of the memory: for keys, for values, and both side by side. */
interface Memory {
  readonly keys: Slice;
  readonly values: Slice;
  readonly both: Slice;
}

/** Transformer decoder: the queries attend to the levels in turn, and to each other. */
export function queryDecoder(
  g: GraphBuilder,
  config: ModelConfig,
  levels: readonly Potential[],
  literal: boolean,
): Potential {
  const { featChannels: c, numQueries: count } = config;
  const shape = tokens(count, c);
  const { queries, positions } = g.constants(
    `${KEY}.queries`,
    { queries: count * c, positions: count * c },
    async (read) => ({
      queries: await read(`${KEY}.query_feat.weight`),
      positions: await read(`${KEY}.query_embed.weight`),
    }),
  );
  const offset = { constant: positions, rows: count };
  const tensor = g.tensor('queries', 'f32', shape);
  g.add({ kind: 'copy', label: 'queries', from: queries, to: tensor });

  const memories: Memory[] = [];
  let x: Potential = { tensor, shape };
  for (let l = 0; l < config.decLayers; l++) {
    const key = `${KEY}.transformer_decoder.layers.${l}`;
    const level = l % levels.length;
    const cross = `${key}.cross_attn.attn`;
    const known = memories[level];
    const memory = known ? named(g, cross, known) : remember(g, cross, levels, level);
    memories[level] = memory;
    x = crossAttention(g, cross, x, offset, memory, config, literal);
    x = selfAttention(g, `${key}.self_attn.attn`, x, offset, config, literal);
    x = feedForward(g, `${key}.ffn`, x, config);
  }
  return x;
}

type Offset = NonNullable<Parameters<GraphBuilder['spike']>[2]['offset']>;

function remember(
  g: GraphBuilder,
  key: string,
  levels: readonly Potential[],
  level: number,
): Memory {
  const map = levels[level];
  if (!map) throw new SpikesegError('internal', `the decoder has no level ${level}`);
  const { height, width, channels } = map.shape;
  // Constants are shared by graphs of all sizes, so what depends on the size says so.
  const { position } = g.constants(
    `${KEY}.position ${width}×${height}`,
    { position: height * width * channels },
    () => Promise.resolve({ position: sinePosition(map.shape) }),
  );
  const offset = { constant: position, rows: height * width };
  const { both, shifted, unshifted } = g.spikeTwice(`${key}.kv_conv_spike`, map, offset);
  return named(g, key, { keys: shifted, values: unshifted, both });
}

/** Slices of its own under the names of a layer. */
function named(g: GraphBuilder, key: string, { keys, values, both }: Memory): Memory {
  return {
    keys: g.name({ ...keys }, `${key}.k_conv_spike`, layout),
    values: g.name({ ...values }, `${key}.v_conv_spike`, layout),
    both,
  };
}

function crossAttention(
  g: GraphBuilder,
  key: string,
  x: Potential,
  offset: Offset,
  { keys, values, both }: Memory,
  config: ModelConfig,
  literal: boolean,
): Potential {
  const c = x.shape.channels;
  const fromQueries = g.spike(`${key}.q_conv_spike`, x, { layout, offset });
  const asked = project(g, `${key}.q_conv`, fromQueries, c);
  const q = g.fire(asked, `${key}.q_spike`, layout);
  const kv = beside(g, `${key}.kv_conv`, both, [
    { label: `${key}.k_conv`, input: keys, folds: [folded(`${key}.k_conv`)] },
    { label: `${key}.v_conv`, input: values, folds: [folded(`${key}.v_conv`)] },
  ]);
  const [k, v] = g.fireParts(kv, [`${key}.k_spike`, `${key}.v_spike`], layout) as [Slice, Slice];
  return answer(g, key, x, { q, k, v }, config, literal);
}

function selfAttention(
  g: GraphBuilder,
  key: string,
  x: Potential,
  offset: Offset,
  config: ModelConfig,
  literal: boolean,
): Potential {
  const { both, shifted, unshifted } = g.spikeTwice(`${key}.qkv_conv_spike`, x, offset);
  g.name(unshifted, `${key}.v_conv_spike`, layout);
  for (const name of ['q', 'k']) g.name(shifted, `${key}.${name}_conv_spike`, layout);

  // Query and key read the same spikes: one layer makes both.
  const qkv = beside(g, `${key}.qkv_conv`, both, [
    {
      label: `${key}.qk_conv`,
      input: shifted,
      folds: [folded(`${key}.q_conv`), folded(`${key}.k_conv`)],
    },
    { label: `${key}.v_conv`, input: unshifted, folds: [folded(`${key}.v_conv`)] },
  ]);
  const names = ['q', 'k', 'v'].map((name) => `${key}.${name}_spike`);
  const [q, k, v] = g.fireParts(qkv, names, layout) as [Slice, Slice, Slice];
  return answer(g, key, x, { q, k, v }, config, literal);
}

function folded(key: string): Fold {
  return convNorm(key, { bias: true });
}

/** Layers on the same spikes, each as wide as these. */
interface Merged extends Omit<LayerPart, 'outputs'> {
  readonly folds: readonly Fold[];
}

/** 1×1 layers side by side, the first on the first half of the channels. */
function beside(
  g: GraphBuilder,
  key: string,
  both: Slice,
  layers: readonly [Merged, Merged],
): Potential {
  const inputs = both.channels / 2;
  const part = ({ label, input, folds }: Merged): LayerPart => {
    return { label, input, outputs: folds.length * inputs };
  };
  const [first, second] = [part(layers[0]), part(layers[1])];
  const outputs = first.outputs + second.outputs;
  const shape = { kernel: 1, inputs, outputs, unit: 1 / g.levels } as const;
  const folds = layers.flatMap((layer) => layer.folds);
  return g.spikeConv(key, both, {
    ...shape,
    parts: [first, second],
    ...layerConstants(g, key, shape, ...folds),
  });
}

/** Attention and its output projection, added to the queries. The scale is by the full width. */
function answer(
  g: GraphBuilder,
  key: string,
  x: Potential,
  heard: { q: Slice; k: Slice; v: Slice },
  config: ModelConfig,
  literal: boolean,
): Potential {
  const c = x.shape.channels;
  const attention = { ...heard, heads: config.decHeads, scale: c ** -0.5 };
  const attended = (literal ? attendLiteral : attend)(g, key, attention);
  const spikes = g.fire(attended, `${key}.attn_spike`, layout);
  return project(g, `${key}.out_conv`, spikes, c, { onto: x });
}

/** The MLP of the queries. The original reads [Q, C] as [C, Q] and back, without transposing. */
function feedForward(g: GraphBuilder, key: string, x: Potential, config: ModelConfig): Potential {
  const c = x.shape.channels;
  const hidden = config.decFfn;
  const unit = 1 / g.levels;
  const bias = { bias: true };
  const input = g.spike(`${key}.fc1_spike`, x, { layout: 'channels-first', channelMajor: true });
  const fc1 = { kernel: 1, inputs: c, outputs: hidden, unit } as const;
  const inner = g.spikeConv(`${key}.fc1`, input, {
    ...fc1,
    ...layerConstants(g, `${key}.fc1`, fc1, convBn(`${key}.fc1`, `${key}.bn1`, bias)),
  });
  const fc2 = { kernel: 1, inputs: hidden, outputs: c, unit } as const;
  const sum = g.spikeConv(`${key}.fc2`, g.fire(inner, `${key}.fc2_spike`), {
    ...fc2,
    channelMajor: true,
    onto: x,
    ...layerConstants(g, `${key}.fc2`, fc2, convBn(`${key}.fc2`, `${key}.bn2`, bias)),
  });
  // In the memory of the queries again, where no neuron of this layer sees a whole query.
  return { tensor: g.read(sum), shape: x.shape };
}
