import type { GraphBuilder, Potential } from '../builder.ts';
import type { ModelConfig } from '../config.ts';
import type { Slice, Tensor } from '../graph.ts';
import { convBn, layerConstants, linear, repConv, repConvConstants } from '../layers.ts';
import { attend, mlp } from './blocks.ts';

export type BackboneConfig = Pick<
  ModelConfig,
  'embedDim' | 'numHeads' | 'mlpRatio' | 'depth3' | 'depth4'
>;

export interface BackboneOptions {
  /** Of the names in the state dict, with its dot. */
  readonly prefix: string;
  /** Of the attention of heads of this width. */
  readonly attentionScale: (headWidth: number) => number;
}

/** The maps at strides 2, 4, 8 and 16. */
export type Pyramid = readonly [Potential, Potential, Potential, Potential];

/**
 * Meta-SpikeFormer: membrane shortcuts around spiking convolutions and spike-driven self attention.
 * @see https://github.com/BICLab/Spike-Driven-Transformer-V2
 */
export function backbone(
  g: GraphBuilder,
  config: BackboneConfig,
  image: Tensor,
  { prefix, attentionScale }: BackboneOptions,
): Pyramid {
  const [e0, e1, e2, e3] = config.embedDim;
  const ratio = config.mlpRatio;
  const block = (key: string, map: Potential) => {
    const { channels } = map.shape;
    const heads = config.numHeads;
    return attentionBlock(g, key, map, { heads, scale: attentionScale(channels / heads), ratio });
  };

  let x = stem(g, `${prefix}downsample1_1`, image, e0 / 2);
  const s2 = convBlock(g, `${prefix}ConvBlock1_1.0`, x, ratio);
  x = downsample(g, `${prefix}downsample1_2`, s2, e0, 2);
  const s4 = convBlock(g, `${prefix}ConvBlock1_2.0`, x, ratio);
  x = downsample(g, `${prefix}downsample2`, s4, e1, 2);
  x = convBlock(g, `${prefix}ConvBlock2_1.0`, x, ratio);
  const s8 = convBlock(g, `${prefix}ConvBlock2_2.0`, x, ratio);
  x = downsample(g, `${prefix}downsample3`, s8, e2, 2);
  for (let i = 0; i < config.depth3; i++) {
    x = block(`${prefix}block3.${i}`, x);
  }
  x = downsample(g, `${prefix}downsample4`, x, e3, 1);
  for (let i = 0; i < config.depth4; i++) {
    x = block(`${prefix}block4.${i}`, x);
  }
  return [s2, s4, s8, x];
}

/** 7×7 convolution of the analog image, stride 2. */
function stem(g: GraphBuilder, key: string, image: Tensor, outputs: number): Potential {
  const shape = { kernel: 7, inputs: 3, outputs, unit: 1 };
  const fold = convBn(`${key}.encode_conv`, `${key}.encode_bn`, { bias: true });
  return g.denseConv(
    `${key}.encode_conv`,
    { tensor: image, shape: image.shape },
    { ...shape, stride: 2, ...layerConstants(g, key, shape, fold) },
  );
}

function downsample(
  g: GraphBuilder,
  key: string,
  x: Potential,
  outputs: number,
  stride: 1 | 2,
): Potential {
  const fold = convBn(`${key}.encode_conv`, `${key}.encode_bn`, { bias: true });
  const spikes = g.fire(x, `${key}.encode_${g.neuron}`);
  const shape = { kernel: 3, inputs: spikes.channels, outputs, unit: 1 / g.levels } as const;
  const constants = layerConstants(g, key, shape, fold);
  return g.spikeConv(`${key}.encode_conv`, spikes, { ...shape, stride, ...constants });
}

/** An inverted separable convolution, then two dense 3×3 convolutions, each with its shortcut. */
function convBlock(g: GraphBuilder, key: string, x: Potential, ratio: number): Potential {
  const c = x.shape.channels;
  const unit = 1 / g.levels;

  const widen = { kernel: 1, inputs: c, outputs: 2 * c, unit } as const;
  const wide = g.spikeConv(`${key}.Conv.pwconv1`, g.fire(x, `${key}.Conv.${g.neuron}1`), {
    ...widen,
    ...layerConstants(
      g,
      `${key}.Conv.pwconv1`,
      widen,
      convBn(`${key}.Conv.pwconv1`, `${key}.Conv.bn1`),
    ),
  });
  const depthwise = { kernel: 7, inputs: 1, outputs: 2 * c, unit };
  const spread = g.depthwise(`${key}.Conv.dwconv`, g.fire(wide, `${key}.Conv.${g.neuron}2`), {
    ...depthwise,
    ...layerConstants(g, `${key}.Conv.dwconv`, depthwise, linear(`${key}.Conv.dwconv`, 2 * c)),
  });
  // No neuron stands between the two: this layer multiplies, its input is analog.
  const narrow = { kernel: 1, inputs: 2 * c, outputs: c, unit: 1 };
  const x1 = g.denseConv(`${key}.Conv.pwconv2`, spread, {
    ...narrow,
    onto: x,
    ...layerConstants(
      g,
      `${key}.Conv.pwconv2`,
      narrow,
      convBn(`${key}.Conv.pwconv2`, `${key}.Conv.bn2`),
    ),
  });

  const conv1 = { kernel: 3, inputs: c, outputs: ratio * c, unit } as const;
  const hidden = g.spikeConv(`${key}.conv1`, g.fire(x1, `${key}.${g.neuron}1`), {
    ...conv1,
    ...layerConstants(g, `${key}.conv1`, conv1, convBn(`${key}.conv1`, `${key}.bn1`)),
  });
  const conv2 = { kernel: 3, inputs: ratio * c, outputs: c, unit } as const;
  return g.spikeConv(`${key}.conv2`, g.fire(hidden, `${key}.${g.neuron}2`), {
    ...conv2,
    onto: x1,
    ...layerConstants(g, `${key}.conv2`, conv2, convBn(`${key}.conv2`, `${key}.bn2`)),
  });
}

/** Spike-driven self attention and an MLP, each with its shortcut. */
function attentionBlock(
  g: GraphBuilder,
  key: string,
  x: Potential,
  { heads, scale, ratio }: { heads: number; scale: number; ratio: number },
): Potential {
  const c = x.shape.channels;
  const attn = `${key}.attn`;
  // Query, key and value read the same spikes: one convolution makes all three.
  const names = ['q', 'k', 'v'];
  const keys = names.map((name) => `${attn}.${name}_conv`);
  const qkv = repConvs(g, `${attn}.qkv_conv`, g.fire(x, `${attn}.head_${g.neuron}`), keys);
  const [q, k, v] = g.fireParts(
    qkv,
    names.map((name) => `${attn}.${name}_${g.neuron}`),
  ) as [Slice, Slice, Slice];
  const attended = attend(g, attn, { q, k, v, heads, scale });

  const spikes = g.fire(attended, `${attn}.attn_${g.neuron}`);
  const x1 = repConvs(g, `${attn}.proj_conv`, spikes, [`${attn}.proj_conv`], x);
  return mlp(g, `${key}.mlp`, x1, ratio * c, { onto: x1 });
}

/**
 * RepConvs side by side on the same spikes. In three steps they take a quarter of the products of one
 * dense 3×3 convolution, though only the first is driven by spikes; fused where their channels do not
 * go by fours.
 */
function repConvs(
  g: GraphBuilder,
  label: string,
  spikes: Slice,
  keys: readonly string[],
  onto?: Potential,
): Potential {
  const c = spikes.channels;
  const outputs = keys.length * c;
  if (c % 4 !== 0) {
    const fused = { kernel: 3, inputs: c, outputs, unit: 1 / g.levels } as const;
    const constants = layerConstants(g, label, fused, ...keys.map(repConv));
    return g.spikeConv(label, spikes, { ...fused, onto, standsFor: 'rep-conv', ...constants });
  }
  const { first, zero, depthwise, last, bias } = repConvConstants(g, label, c, keys);
  const pointwise = { kernel: 1, outputs, weights: first, bias: zero } as const;
  const current = g.spikeConv(`${label} (pointwise 1)`, spikes, pointwise);
  const spread = g.denseDepthwise(`${label} (depthwise)`, current, depthwise);
  const groups = keys.length;
  return g.denseConv(label, spread, { kernel: 1, outputs, groups, onto, weights: last, bias });
}
