import type { GraphBuilder, Potential } from '../builder.ts';
import { classBlocks } from '../class-blocks.ts';
import type { ModelConfig } from '../config.ts';
import { tokens, type Slice, type Tensor } from '../graph.ts';
import { convNorm, layerConstants, linear, scaled, transposed, type Fold } from '../layers.ts';
import { padded } from '../shapes.ts';

const KEY = 'decode_head';
const layout = 'channels-last';

/** What the readout takes. */
export interface HeadOutputs {
  readonly classLogits: Tensor;
  readonly maskLogits: Tensor;
  readonly probabilities: Tensor;
}

/**
 * Class and mask head on the queries `x`; `y` are the spikes of the mask features. Spikes count
 * alpha/D here, not 1/D.
 */
export function head(
  g: GraphBuilder,
  config: ModelConfig,
  x: Potential,
  y: Slice,
  literal: boolean,
): HeadOutputs {
  const { featChannels: c, numQueries: count, numClasses } = config;
  const unit = config.headAlpha / g.levels;
  const dense = (key: string, input: Slice, outputs: number, fold: Fold, onto?: Potential) => {
    const shape = { kernel: 1, inputs: input.channels, outputs, unit } as const;
    return g.spikeConv(key, input, { ...shape, onto, ...layerConstants(g, key, shape, fold) });
  };

  const gate = true;
  const out = g.spike(`${KEY}.decoder_out_spike`, x, { layout, gate });
  const classes = numClasses + 1;
  const logits = dense(
    `${KEY}.cls_embed`,
    out,
    classes,
    linear(`${KEY}.cls_embed`, classes, { bias: true }),
  );

  // The shortcut mixes queries: they are its channels, and the features its pixels.
  const across = g.spike(`${KEY}.shortcut_conv_spike`, x, {
    layout: 'channels-first',
    shape: tokens(c, count),
    channelMajor: true,
    gate,
  });
  const square = { kernel: 1, inputs: count, outputs: count, unit } as const;
  const shortcut = g.spikeConv(`${KEY}.shortcut_conv`, across, {
    ...square,
    channelMajor: true,
    ...layerConstants(
      g,
      `${KEY}.shortcut_conv`,
      square,
      scaled(convNorm(`${KEY}.shortcut_conv`), `${KEY}.w`),
    ),
  });

  const embed = `${KEY}.mask_embed`;
  const m1 = dense(`${embed}.fc1`, out, c, linear(`${embed}.fc1`, c));
  const m2 = dense(
    `${embed}.fc2`,
    g.fire(m1, `${embed}.spike1`, layout),
    c,
    linear(`${embed}.fc2`, c),
  );
  const m3 = dense(
    `${embed}.fc_out`,
    g.fire(m2, `${embed}.spike2`, layout),
    c,
    linear(`${embed}.fc_out`, c, { bias: true }),
    { tensor: g.read(shortcut), shape: tokens(count, c) },
  );
  const embedding = g.fire(m3, `${KEY}.mask_embed_spike`, layout);

  const product = literal ? literalMaskProduct : maskProduct;
  const maskLogits = g.read(product(g, embedding, y, unit, count));
  const classLogits = g.read(logits);
  const { count: height, width: channels } = classBlocks(numClasses);
  const blocks = { height, width: padded(count), channels };
  const probabilities = g.tensor('class probabilities', 'f32', blocks);
  g.add({
    kind: 'class-probabilities',
    label: 'class probabilities',
    logits: classLogits,
    output: probabilities,
  });
  return { classLogits, maskLogits, probabilities };
}

const MASK_FEATURE = `${KEY}.pixel_decoder.mask_feature`;

/**
 * e · (W y + b) = (e W) · y + e · b: the 1×1 convolution that would make the mask features of every
 * pixel is applied to the queries instead, and the product is left to the spikes of y.
 */
function maskProduct(
  g: GraphBuilder,
  e: Slice,
  y: Slice,
  unit: number,
  queries: number,
): Potential {
  const c = y.channels;
  const size = paddedQueries(queries);
  const turned = { kernel: 1, inputs: c, outputs: c, unit: unit / g.levels } as const;
  const weights = g.spikeConv(`${MASK_FEATURE}.weights`, e, {
    ...turned,
    size,
    channelMajor: true,
    ...layerConstants(g, `${MASK_FEATURE}.weights`, turned, transposed(linear(MASK_FEATURE, c), c)),
  });
  const single = { kernel: 1, inputs: c, outputs: 1, unit } as const;
  const bias = g.spikeConv(`${MASK_FEATURE}.bias`, e, {
    ...single,
    size,
    channelMajor: true,
    standsFor: 'bias',
    ...layerConstants(g, `${MASK_FEATURE}.bias`, single, async (read) => ({
      weight: await read(`${MASK_FEATURE}.bias`),
      bias: new Float32Array(1),
    })),
  });
  return g.spikeConv('mask logits', y, {
    kernel: 1,
    outputs: size.width,
    padding: size.width - queries,
    weights: g.read(weights),
    bias: g.read(bias),
  });
}

/** The order of the original: mask features of every pixel, then their product with the queries. */
function literalMaskProduct(
  g: GraphBuilder,
  e: Slice,
  y: Slice,
  unit: number,
  queries: number,
): Potential {
  const c = y.channels;
  const square = { kernel: 1, inputs: c, outputs: c } as const;
  const fromSpikes = { ...square, unit: 1 / g.levels };
  const features = g.spikeConv(MASK_FEATURE, y, {
    ...fromSpikes,
    ...layerConstants(g, MASK_FEATURE, fromSpikes, linear(MASK_FEATURE, c, { bias: true })),
  });
  const asNumbers = { ...square, unit };
  const size = paddedQueries(queries);
  const weights = g.spikeConv('mask embeddings', e, {
    ...asNumbers,
    size,
    channelMajor: true,
    ...layerConstants(g, 'mask embeddings', asNumbers, () => Promise.resolve(identity(c))),
  });
  const { zero } = g.constants('mask logits', { zero: size.width }, () =>
    Promise.resolve({ zero: new Float32Array(size.width) }),
  );
  return g.denseConv('mask logits', features, {
    kernel: 1,
    outputs: size.width,
    padding: size.width - queries,
    weights: g.read(weights),
    bias: zero,
  });
}

/** Queries are read four at a time: spikes of those beyond the last are zero. */
function paddedQueries(queries: number) {
  return { height: 1, width: padded(queries) };
}

function identity(size: number) {
  const weight = new Float32Array(size * size);
  for (let i = 0; i < size; i++) weight[i * size + i] = 1;
  return { weight, bias: new Float32Array(size) };
}
