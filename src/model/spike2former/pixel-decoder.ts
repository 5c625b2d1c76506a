import type { GraphBuilder, Potential } from '../builder.ts';
import type { ModelConfig } from '../config.ts';
import { withChannels, type Slice } from '../graph.ts';
import { convNorm, layerConstants, shifted, type Fold } from '../layers.ts';
import type { Pyramid } from '../metaspikeformer/backbone.ts';
import { mlp } from '../metaspikeformer/blocks.ts';
import { project, separableConv } from './blocks.ts';

const KEY = 'decode_head.pixel_decoder';

/** Levels that the queries see. */
const LEVELS = 3;

/** What the pixel decoder hands on. */
export interface PixelDecoder {
  /** Analog maps at strides 16, 8 and 4, their level's embedding added: the memory of the queries. */
  readonly levels: readonly Potential[];
  /** Spikes at stride 2, from which the mask features are made. */
  readonly maskFeatureSpikes: Slice;
}

/** Deformable encoder at stride 16, then a feature pyramid up to stride 2. */
export function pixelDecoder(g: GraphBuilder, config: ModelConfig, pyramid: Pyramid): PixelDecoder {
  const c = config.featChannels;
  const [s2, s4, s8, s16] = pyramid;
  let z = project(g, `${KEY}.encoder_in_proj`, g.fire(s16, `${KEY}.last_feat_conv_spike`), c);
  for (let i = 0; i < config.encLayers; i++) {
    z = encoderLayer(g, `${KEY}.encoder.layers.${i}`, z, config);
  }
  const spikes = g.fire(z, `${KEY}.encoder_out_proj_spike`);
  const key = `${KEY}.encoder_out_proj`;
  const coarsest = project(g, key, spikes, c, {
    fold: embedded(convNorm(key, { bias: true }), 0, 1),
  });
  const fine = lateral(g, 1, s8, coarsest);
  const finer = lateral(g, 2, s4, fine);
  const finest = lateral(g, LEVELS, s2, finer);
  return {
    levels: [coarsest, fine, finer],
    maskFeatureSpikes: g.fire(finest, `${KEY}.mask_feature_spike`),
  };
}

/** With the embedding of a level, or without the one it has: no neuron has to add it by itself. */
function embedded(fold: Fold, level: number, sign: 1 | -1): Fold {
  return shifted(fold, 'decode_head.level_embed.weight', level, sign);
}

/** One step up the pyramid, to `level`: the coarser map, upsampled, meets the backbone's. */
function lateral(g: GraphBuilder, level: number, x: Potential, coarse: Potential): Potential {
  const c = coarse.shape.channels;
  const i = LEVELS - level;
  const spikes = g.fire(x, `${KEY}.lateral_convs_spike.${i}`);
  const own = `${KEY}.lateral_convs.${i}`;
  const fold = embedded(convNorm(own, { bias: true }), level - 1, -1);
  const sum = project(g, own, spikes, c, { coarse, fold });
  const shape = { kernel: 3, inputs: 1, outputs: c, unit: 1 / g.levels };
  const key = `${KEY}.output_convs.${i}`;
  const output = level < LEVELS ? embedded(convNorm(key), level, 1) : convNorm(key);
  return g.depthwise(key, g.fire(sum, `${KEY}.output_convs_spike.${i}`), {
    ...shape,
    ...layerConstants(g, key, shape, output),
  });
}

/** Separable convolution, deformable convolution and MLP, each with its shortcut and layer scale. */
function encoderLayer(g: GraphBuilder, key: string, z: Potential, config: ModelConfig): Potential {
  const z1 = separableConv(g, `${key}.Conv`, g.fire(z, `${key}.Conv.spike1`), {
    kernel: 3,
    onto: { map: z, gain: `${key}.gamma1` },
  });
  const z2 = deformableConv(g, `${key}.dcn`, z1, config, `${key}.gamma2`);
  // The original reads the MLP's [C, N] memory as [H, W, C], without transposing it.
  const current = mlp(g, `${key}.ffn`, z2, config.encFfn, { channelMajor: true });
  const sizes = { gain: config.featChannels };
  const { gain } = g.constants(`${key}.gamma3`, sizes, async (read) => ({
    gain: await read(`${key}.gamma3`),
  }));
  return g.integrate(`${key}.ffn`, current, z2, gain);
}

/**
 * Deformable convolution (DCNv3) on spikes. The original reads the [18G, H, W] memory of its offsets
 * as [H, W, G, 9, 2], and that of the mask as [H, W, G, 9], without transposing them.
 */
function deformableConv(
  g: GraphBuilder,
  key: string,
  x: Potential,
  { dcnGroups: groups, dcnKernel: kernel }: ModelConfig,
  gain: string,
): Potential {
  const c = x.shape.channels;
  const values = separableConv(g, `${key}.input_proj`, g.fire(x, `${key}.input_proj.spike1`), {
    kernel,
  });

  const depthwise = { kernel, inputs: 1, outputs: c, unit: 1 / g.levels };
  const spread = g.depthwise(`${key}.dw_conv`, g.fire(x, `${key}.dw_spike`), {
    ...depthwise,
    ...layerConstants(g, `${key}.dw_conv`, depthwise, convNorm(`${key}.dw_conv`)),
  });
  const where = g.fire(spread, `${key}.offset_spike`);
  const channelMajor = { channelMajor: true };
  const offsets = project(g, `${key}.offset`, where, 18 * groups, channelMajor);
  const mask = g.spike(
    `${key}.mask_spike`,
    project(g, `${key}.mask`, where, 9 * groups, channelMajor),
    { shape: withChannels(x.shape, 9 * groups), layout: 'channels-last' },
  );

  const sampled = g.spikes(`${key}.sampled`, x.shape);
  g.add({
    kind: 'deformable',
    label: `${key}.sampled`,
    values: g.read(values),
    offsets: g.read(offsets),
    mask,
    groups,
    fired: sampled.tensor,
    potential: g.observed(`${key}.sampled`, x.shape),
  });
  return separableConv(g, `${key}.output_proj`, g.name(sampled, `${key}.output_proj.spike1`), {
    kernel,
    onto: { map: x, gain },
  });
}
