import { describe, expect, test } from 'vitest';
import { expectedLayers } from '../../src/engine/compare.ts';
import { parseConfig } from '../../src/model/config.ts';
import { parseGolden } from '../../src/model/golden.ts';
import type { Neuron, Slice } from '../../src/model/graph.ts';
import { measureNetwork, sliceKey, type SliceFiring } from '../../src/model/measure.ts';
import { engineWork } from '../../src/model/operations.ts';
import { openSafetensors } from '../../src/model/safetensors.ts';
import { buildNetwork } from '../../src/model/spike2former/network.ts';
import type { LayerFiring } from '../../src/model/statistics.ts';
import { summarise } from '../../src/model/summarise.ts';
import { convolve, type Counts } from '../support/brute-force.ts';
import { fileSource, readJson } from '../support/files.ts';
import { shared } from '../support/shared.ts';

async function openGolden(name: string) {
  const folder = shared('goldens', name);
  const tensors = await openSafetensors(fileSource(`${folder}/golden.safetensors`));
  const golden = parseGolden(readJson(`${folder}/manifest.json`), tensors);
  const weights = await openSafetensors(fileSource(`${folder}/${golden.weightsFile}`));
  const graph = buildNetwork(golden.config, golden.size);
  const expected = await expectedLayers(golden, graph);
  const layers = new Map(
    graph.neurons.map((neuron) => [
      neuron.name,
      channelsFirst(neuron, expected.get(neuron.name)?.counts ?? []),
    ]),
  );
  const counts = (neuron: string): Counts => {
    const layer = layers.get(neuron);
    if (!layer) throw new Error(`no neuron ${neuron}`);
    return layer;
  };
  return { golden, graph, counts, weights: weights.tensors };
}

function channelsFirst({ spikes, layout }: Neuron, counts: ArrayLike<number>): Counts {
  const { channels } = spikes;
  const { height, width } = spikes.tensor.shape;
  const pixels = height * width;
  const values = Uint8Array.from(counts, (count, i) =>
    layout === 'channels-first'
      ? count
      : (counts[(i % pixels) * channels + Math.floor(i / pixels)] ?? NaN),
  );
  return { values, channels, height, width };
}

/** What the GPU would tell of these spikes. */
function firingOf({ values, channels, height, width }: Counts): SliceFiring {
  const pixels = height * width;
  const histogram = new Uint32Array(16);
  const sums = { histogram, channels: new Uint32Array(channels), map: new Uint16Array(pixels) };
  for (let c = 0; c < channels; c++)
    for (let pixel = 0; pixel < pixels; pixel++) {
      const count = values[c * pixels + pixel] ?? NaN;
      if (count > 0) histogram[count] = (histogram[count] ?? 0) + 1;
      sums.channels[c] = (sums.channels[c] ?? 0) + count;
      sums.map[pixel] = (sums.map[pixel] ?? 0) + count;
    }
  return sums;
}

async function measure(name: string) {
  const opened = await openGolden(name);
  const { graph, counts } = opened;
  const owners = new Map(graph.neurons.map(({ name, spikes }) => [sliceKey(spikes), name]));
  const firing = (slice: Slice) => firingOf(counts(owners.get(sliceKey(slice)) ?? ''));
  return { ...opened, statistics: summarise(measureNetwork(graph, firing, { maps: true })) };
}

/** The convolutions and linear layers of the original that spikes drive: weight → neuron. */
const DRIVERS: readonly (readonly [RegExp, string])[] = [
  [/(downsample(?!1_1).*)\.encode_conv$/, '$1.encode_spike'],
  [/(ConvBlock.*\.Conv)\.pwconv1$/, '$1.spike1'],
  [/(ConvBlock.*\.Conv)\.dwconv$/, '$1.spike2'],
  [/(ConvBlock.*)\.conv([12])$/, '$1.spike$2'],
  [/(block.*\.attn)\.[qkv]_conv\.0\.body\.0$/, '$1.head_spike'],
  [/(block.*\.attn)\.proj_conv\.0\.body\.0$/, '$1.attn_spike'],
  [/(mlp|ffn)\.fc([12])_conv$/, '$1.fc$2_spike'],
  [/(pixel_decoder)\.encoder_in_proj\.0$/, '$1.last_feat_conv_spike'],
  [/(encoder_out_proj)\.0$/, '$1_spike'],
  [/(encoder\.layers.*)\.pwconv1\.0$/, '$1.spike1'],
  [/(encoder\.layers.*)\.dwconv\.0$/, '$1.spike2'],
  [/(encoder\.layers.*)\.pwconv2\.0$/, '$1.spike3'],
  [/(dcn)\.dw_conv\.0$/, '$1.dw_spike'],
  [/(dcn)\.(offset|mask)\.0$/, '$1.offset_spike'],
  [/(lateral_convs|output_convs)\.(\d)\.0$/, '$1_spike.$2'],
  [/(transformer_decoder.*\.[qkv]_conv)\.0$/, '$1_spike'],
  [/(transformer_decoder.*)\.out_conv\.0$/, '$1.attn_spike'],
  [/(transformer_decoder.*\.fc[12])$/, '$1_spike'],
  [/(decode_head)\.cls_embed$/, '$1.decoder_out_spike'],
  [/(decode_head)\.mask_embed\.fc1$/, '$1.decoder_out_spike'],
  [/(mask_embed)\.fc2$/, '$1.spike1'],
  [/(mask_embed)\.fc_out$/, '$1.spike2'],
  [/(decode_head\.shortcut_conv)\.0$/, '$1_spike'],
];

/** Counts by plain loops over the weights of the state dict and the spikes of the original. */
async function countOperations(name: string) {
  const { golden, graph, counts, weights } = await openGolden(name);
  const { config } = golden;
  const accumulates = new Map(graph.neurons.map((neuron) => [neuron.name, 0]));
  let [macs, denseMacs] = [0, 0];
  const add = (neuron: string, done: { accumulates: number; macs: number }) => {
    accumulates.set(neuron, (accumulates.get(neuron) ?? NaN) + done.accumulates);
    denseMacs += done.macs;
  };
  const multiply = (amount: number) => {
    macs += amount;
    denseMacs += amount;
  };

  for (const [tensor, { shape }] of weights) {
    const [outputs = NaN, contracted = NaN, kernel = 1] = shape;
    const layer = tensor.replace(/\.weight$/, '');
    const rule = DRIVERS.find(([pattern]) => pattern.test(layer));
    if (layer === tensor || !rule) continue;
    const stride = /downsample(1_2|2|3)\./.test(layer) ? 2 : 1;
    const neuron = layer.replace(...rule);
    add(neuron, convolve(counts(neuron), { outputs, contracted, kernel, stride }));
  }
  for (const { name: neuron } of graph.neurons) {
    const input = counts(neuron);
    const { channels, height, width } = input;
    const each = (outputs: number) =>
      add(neuron, convolve(input, { outputs, contracted: channels, kernel: 1, stride: 1 }));
    const backbone = neuron.startsWith('backbone.');
    const heads = backbone ? config.numHeads : config.decHeads;
    if (/attn\.[qk]_spike$/.test(neuron)) each(channels / heads);
    if (neuron.endsWith('.mask_feature_spike')) each(config.numQueries);
    if (neuron.endsWith('.mask_embed_spike')) each(config.featChannels);
    if (neuron.endsWith('.dcn.mask_spike')) {
      each(config.featChannels / config.dcnGroups);
      multiply(4 * 9 * config.featChannels * height * width);
    }
    // What the original multiplies without a neuron before it: RepConv after its first 1×1, pwconv2.
    const pixels = height * width;
    if (neuron.endsWith('.head_spike')) multiply(3 * pixels * channels * (9 + channels));
    if (backbone && neuron.endsWith('.attn_spike')) multiply(pixels * channels * (9 + channels));
    if (neuron.includes('ConvBlock') && neuron.endsWith('.Conv.spike2'))
      multiply(pixels * channels * (channels / 2));
  }
  const { height, width } = golden.size;
  const picture = { values: new Uint8Array(3 * height * width), channels: 3, height, width };
  const stem = { outputs: config.embedDim[0] / 2, contracted: 3, kernel: 7, stride: 2 };
  multiply(convolve(picture, stem).macs);
  return { accumulates, macs, denseMacs };
}

describe.each(['micro', 'tiny'])('operations of %s', (name) => {
  test('equal a count by plain loops, exactly', async () => {
    const { layers, operations, totals } = (await measure(name)).statistics;
    const { accumulates, macs, denseMacs } = await countOperations(name);
    const got = layers.map((layer) => [layer.name, layer.accumulates]);
    expect(got).toEqual([...accumulates]);
    const sum = [...accumulates.values()].reduce((a, b) => a + b, 0);
    expect(totals.network).toMatchObject({ accumulates: sum, macs, denseMacs });
    // Each layer's operations are those of its neurons, and none are lost.
    expect(operations.filter((op) => op.accumulates > 0 && op.neurons.length === 0)).toEqual([]);
  });

  test('of attention are those of its keys and those of its queries', async () => {
    const { operations } = (await measure(name)).statistics;
    const attn = 'backbone.block3.0.attn';
    expect(
      operations.filter((op) => /\.(kᵀv|attention)$/.test(op.name) && op.name.startsWith(attn)),
    ).toMatchObject([
      { name: `${attn}.kᵀv`, neurons: [`${attn}.k_spike`] },
      { name: `${attn}.attention`, neurons: [`${attn}.q_spike`] },
    ]);
  });

  test('of the engine differ only where the original multiplies its padding', async () => {
    const { operations, executed } = (await measure(name)).statistics;
    const own = new Map(executed.map((op) => [op.name, op]));
    const changed = operations.filter(({ name, ...op }) => {
      const twin = own.get(name);
      return twin?.accumulates !== op.accumulates || twin.macs !== op.macs;
    });
    expect(changed.length).toBeGreaterThan(0);
    expect(changed.filter((op) => !/attn\.(qkv|proj)_conv \(depthwise\)/.test(op.name))).toEqual(
      [],
    );
  });

  test('come with firing statistics equal to those of the original', async () => {
    const { golden, statistics } = await measure(name);
    const firing = new Map(golden.firing.map((layer) => [layer.name, layer]));
    for (const layer of statistics.layers) {
      const expected = firing.get(layer.name);
      if (expected?.units !== layer.units) continue; // the head's are those of every stage
      expect(layer.countRate, layer.name).toBeCloseTo(expected.mean, 6);
      expect(layer.nonzeroRate, layer.name).toBeCloseTo(expected.nonzero, 6);
      expect(layer.rate).toBe(layer.spikes / (layer.units * golden.config.levels));
    }
    const { totals, layers } = statistics;
    const sum = (of: (layer: LayerFiring) => number) => layers.reduce((a, l) => a + of(l), 0);
    expect(totals.units).toBe(sum(({ units }) => units));
    expect(totals.spikes).toBe(sum(({ channelSpikes }) => channelSpikes.reduce((a, b) => a + b)));
    expect(totals.spikes).toBe(sum(({ map }) => map?.reduce((a, b) => a + b, 0) ?? NaN));
  });
});

test.each([false, true])(
  'queries that fill up a four count for nothing (literal: %s)',
  (literal) => {
    const { config } = readJson(shared('goldens', 'micro', 'manifest.json')) as { config: object };
    const size = { height: 64, width: 64 };
    const macs = [9, 10, 11, 12].map((num_queries) => {
      const { ops } = buildNetwork(parseConfig({ ...config, num_queries }), size, { literal });
      const op = ops.find(({ label, kind }) => label === 'mask logits' && kind.endsWith('-conv'));
      return op && engineWork(op).reduce((sum, { denseMacs }) => sum + denseMacs, 0);
    });
    const [, , , whole = NaN] = macs;
    expect(macs).toEqual([9, 10, 11, 12].map((queries) => (whole * queries) / 12));
  },
);
