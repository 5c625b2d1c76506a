import { SpikesegError } from '../../errors.ts';
import type { GraphBuilder, Potential } from '../builder.ts';
import type { ModelConfig } from '../config.ts';
import { tokens, type Slice } from '../graph.ts';
import { convBn, convNorm, layerConstants } from '../layers.ts';
import { attend } from '../metaspikeformer/blocks.ts';
import { attendLiteral, project } from './blocks.ts';
import { sinePosition } from './position.ts';

const KEY = 'decode_head';
const layout = 'channels-last';

/** Spikes of one level of the memory, for keys and for values. */
interface Memory {
  readonly keys: Slice;
  readonly values: Slice;
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
    const memory = known ? recall(g, cross, known) : remember(g, cross, levels, level);
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
  return {
    keys: g.spike(`${key}.k_conv_spike`, map, {
      layout,
      offset: { constant: position, rows: height * width },
    }),
    values: g.fire(map, `${key}.v_conv_spike`, layout),
  };
}

/** The same spikes under the names of another layer. */
function recall(g: GraphBuilder, key: string, { keys, values }: Memory): Memory {
  return {
    keys: g.name({ ...keys }, `${key}.k_conv_spike`, layout),
    values: g.name({ ...values }, `${key}.v_conv_spike`, layout),
  };
}

function crossAttention(
  g: GraphBuilder,
  key: string,
  x: Potential,
  offset: Offset,
  { keys, values }: Memory,
  config: ModelConfig,
  literal: boolean,
): Potential {
  const c = x.shape.channels;
  const fromQueries = g.spike(`${key}.q_conv_spike`, x, { layout, offset });
  const heard = (name: string, spikes: Slice) =>
    g.fire(project(g, `${key}.${name}_conv`, spikes, c), `${key}.${name}_spike`, layout);
  const [q, k, v] = [heard('q', fromQueries), heard('k', keys), heard('v', values)];
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
  const c = x.shape.channels;
  const values = g.fire(x, `${key}.v_conv_spike`, layout);
  const spikes = g.spike(`${key}.q_conv_spike`, x, { layout, offset });
  g.name(spikes, `${key}.k_conv_spike`, layout);

  // Query and key read the same spikes: one layer makes both.
  const pair = { kernel: 1, inputs: c, outputs: 2 * c, unit: 1 / g.levels } as const;
  const folds = ['q_conv', 'k_conv'].map((name) => convNorm(`${key}.${name}`, { bias: true }));
  const qk = g.spikeConv(`${key}.qk_conv`, spikes, {
    ...pair,
    ...layerConstants(g, `${key}.qk_conv`, pair, ...folds),
  });
  const [q, k] = g.fireParts(qk, [`${key}.q_spike`, `${key}.k_spike`], layout) as [Slice, Slice];
  const v = g.fire(project(g, `${key}.v_conv`, values, c), `${key}.v_spike`, layout);
  return answer(g, key, x, { q, k, v }, config, literal);
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
