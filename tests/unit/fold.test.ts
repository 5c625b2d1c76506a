import { expect, test } from 'vitest';
import {
  type BatchNorm,
  batchNormScale,
  foldConv,
  fuseRepConv,
  stageRepConv,
  type RepConv,
} from '../../src/model/fold.ts';
import { openSafetensors } from '../../src/model/safetensors.ts';
import { firstDifference } from '../support/compare.ts';
import { fileSource } from '../support/files.ts';
import { uniform } from '../support/random.ts';
import { shared } from '../support/shared.ts';

/** Of one 3×3 window: [channels, 3, 3] in row-major order. */
const TAPS = 9;

function randomNorm(channels: number, seed: number): BatchNorm {
  return {
    weight: uniform(channels, -2, 2, seed),
    bias: uniform(channels, -1, 1, seed + 1),
    runningMean: uniform(channels, -1, 1, seed + 2),
    runningVar: uniform(channels, 0, 3, seed + 3),
  };
}

/** Batch norm by its definition, in f64. */
function batchNorm(bn: BatchNorm, channel: number, x: number): number {
  const [gamma, beta, mean, variance] = [bn.weight, bn.bias, bn.runningMean, bn.runningVar].map(
    (values) => values[channel] ?? NaN,
  ) as [number, number, number, number];
  return ((x - mean) / Math.sqrt(variance + 1e-5)) * gamma + beta;
}

/** Σ_k matrix[row, k] * vector[k]. */
function rowTimes(matrix: Float32Array, row: number, vector: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < vector.length; k++)
    sum += (matrix[row * vector.length + k] ?? NaN) * (vector[k] ?? NaN);
  return sum;
}

test('batchNormScale is the affine map of batch norm, in f64', () => {
  const bn = randomNorm(7, 1);
  const { a, shift } = batchNormScale(bn);
  for (let c = 0; c < 7; c++) {
    const applied = (a[c] ?? NaN) * 0.7 + (shift[c] ?? NaN);
    expect(applied).toBeCloseTo(batchNorm(bn, c, 0.7), 12);
  }
});

test('batchNormScale takes another epsilon, which decides where the variance is 0', () => {
  const one = Float32Array.of(1);
  const bn = { weight: one, bias: one, runningMean: one, runningVar: Float32Array.of(0) };
  expect(batchNormScale(bn).a[0]).toBeCloseTo(1 / Math.sqrt(1e-5), 12);
  expect(batchNormScale(bn, 0.25)).toEqual({ a: Float64Array.of(2), shift: Float64Array.of(-1) });
});

test.each([true, false])('foldConv rounds once, with bias: %s', (hasBias) => {
  const [outputs, inputs] = [5, 11];
  const weight = uniform(outputs * inputs, -1, 1, 10);
  const bias = hasBias ? uniform(outputs, -1, 1, 11) : undefined;
  const bn = randomNorm(outputs, 12);
  const original = [weight, bias].map((values) => values?.slice());
  const folded = foldConv(weight, bias, bn);
  expect([weight, bias]).toEqual(original);

  const expected = Float64Array.from({ length: outputs }, (_, o) =>
    batchNorm(bn, o, bias?.[o] ?? 0),
  );
  expect(firstDifference(folded.bias, Float32Array.from(expected), 1e-7)).toBeUndefined();
  const { a } = batchNormScale(bn);
  const products = Float32Array.from(weight, (w, k) => w * (a[Math.floor(k / inputs)] ?? NaN));
  expect(folded.weight).toEqual(products);
});

function randomRepConv(channels: number): RepConv {
  return {
    pointwise1: uniform(channels * channels, -1, 1, 20),
    bn1: randomNorm(channels, 30),
    depthwise: uniform(channels * TAPS, -1, 1, 21),
    pointwise2: uniform(channels * channels, -1, 1, 22),
    bn2: randomNorm(channels, 40),
    bn3: randomNorm(channels, 50),
  };
}

/**
 * The chain as it is executed, at one output pixel: `pixels[tap]` are the channels under that tap,
 * `undefined` outside the map, where the border constant BN1(0) stands.
 */
function repConvChain(rep: RepConv, pixels: readonly (Float32Array | undefined)[]): number[] {
  const channels = rep.bn1.weight.length;
  const all = Array.from({ length: channels }, (_, c) => c);
  const inner = all.map((m) => {
    let sum = 0;
    for (const [tap, pixel] of pixels.entries()) {
      const x = pixel === undefined ? 0 : rowTimes(rep.pointwise1, m, pixel);
      sum += (rep.depthwise[m * TAPS + tap] ?? NaN) * batchNorm(rep.bn1, m, x);
    }
    return sum;
  });
  return all.map((o) =>
    batchNorm(rep.bn3, o, batchNorm(rep.bn2, o, rowTimes(rep.pointwise2, o, inner))),
  );
}

test.each([1, 6, 13])('fuseRepConv equals the chain, borders included, at %i channels', (c) => {
  const rep = randomRepConv(c);
  const { weight, bias } = fuseRepConv(rep);
  expect([weight.length, bias.length]).toEqual([c * c * TAPS, c]);
  // In the middle; at the upper left corner, where five of the nine taps are outside; nowhere.
  for (const outside of [[], [0, 1, 2, 3, 6], [0, 1, 2, 3, 4, 5, 6, 7, 8]]) {
    const pixels = Array.from({ length: TAPS }, (_, tap) =>
      outside.includes(tap) ? undefined : uniform(c, 0, 1, 60 + tap),
    );
    const padded = Float32Array.from({ length: c * TAPS }, (_, k) => {
      const [channel, tap] = [Math.floor(k / TAPS), k % TAPS];
      return pixels[tap]?.[channel] ?? 0;
    });
    const fused = Array.from(bias, (b, o) => b + rowTimes(weight, o, padded));
    const chain = repConvChain(rep, pixels);
    const scale = Math.max(1, ...chain.map(Math.abs));
    expect(firstDifference(fused, chain, 1e-6 * scale * c)).toBeUndefined();
  }
});

test.each([1, 6, 13])('stageRepConv is fuseRepConv in three steps, at %i channels', (c) => {
  const rep = randomRepConv(c);
  const { pointwise1, last } = stageRepConv(rep);
  const { weight, bias } = fuseRepConv(rep);
  expect(firstDifference(last.bias, bias, 1e-6 * c)).toBeUndefined();
  const product = weight.map((_, k) => {
    const [o, i, tap] = [Math.floor(k / (c * TAPS)), Math.floor(k / TAPS) % c, k % TAPS];
    let sum = 0;
    for (let m = 0; m < c; m++) {
      const middle = (rep.depthwise[m * TAPS + tap] ?? NaN) * (pointwise1[m * c + i] ?? NaN);
      sum += (last.weight[o * c + m] ?? NaN) * middle;
    }
    return sum;
  });
  expect(firstDifference(product, weight, 1e-6 * c)).toBeUndefined();
});

const micro = shared('goldens', 'micro');
const weights = await openSafetensors(fileSource(`${micro}/weights.safetensors`));
const golden = await openSafetensors(fileSource(`${micro}/golden.safetensors`));

async function readNorm(key: string): Promise<BatchNorm> {
  return {
    weight: await weights.read(`${key}.weight`),
    bias: await weights.read(`${key}.bias`),
    runningMean: await weights.read(`${key}.running_mean`),
    runningVar: await weights.read(`${key}.running_var`),
  };
}

const readRates = async (neuron: string) =>
  (await golden.read(`neuron_int/${neuron}`)).map((count) => count / 8);

/** The stored pre-activations are f32 sums: the tolerance that they were published with. */
const goldenTolerance = (values: Float32Array) =>
  2e-5 + 2e-6 * values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

test('folded 1×1 layers give the pre-activations of the original network', async () => {
  const mlp = 'backbone.block3.0.mlp';
  const weight = await weights.read(`${mlp}.fc1_conv.weight`);
  const bias = await weights.read(`${mlp}.fc1_conv.bias`);
  const folded = foldConv(weight, bias, await readNorm(`${mlp}.fc1_bn`));
  const rates = await readRates(`${mlp}.fc1_spike`);
  const expected = await golden.read(`neuron_in/${mlp}.fc2_spike`);

  const pixels = expected.length / folded.bias.length;
  const columns = Array.from({ length: pixels }, (_, n) =>
    rates.filter((_r, k) => k % pixels === n),
  );
  const computed = Array.from(expected, (_, k) => {
    const [o, n] = [Math.floor(k / pixels), k % pixels];
    return (folded.bias[o] ?? NaN) + rowTimes(folded.weight, o, columns[n] ?? []);
  });
  expect(firstDifference(computed, expected, goldenTolerance(expected))).toBeUndefined();
});

test.each(['q', 'k', 'v'])(
  'a fused %s_conv gives the pre-activations of the original',
  async (x) => {
    const [height, width, channels] = [4, 6, 32];
    const attention = 'backbone.block3.0.attn';
    const key = `${attention}.${x}_conv`;
    const { weight, bias } = fuseRepConv({
      pointwise1: await weights.read(`${key}.0.body.0.weight`),
      bn1: await readNorm(`${key}.0.body.1.bn`),
      depthwise: await weights.read(`${key}.0.body.2.0.weight`),
      pointwise2: await weights.read(`${key}.0.body.2.1.weight`),
      bn2: await readNorm(`${key}.0.body.2.2`),
      bn3: await readNorm(`${key}.1`),
    });
    const rates = await readRates(`${attention}.head_spike`);
    const expected = await golden.read(`neuron_in/${attention}.${x}_spike`);

    const rateAt = (channel: number, y: number, x: number) =>
      y < 0 || y >= height || x < 0 || x >= width
        ? 0
        : (rates[(channel * height + y) * width + x] ?? NaN);
    const computed = Array.from(expected, (_, k) => {
      const o = Math.floor(k / (height * width));
      const [y, x] = [Math.floor(k / width) % height, k % width];
      const window = Float32Array.from({ length: channels * TAPS }, (_, j) => {
        const [channel, tap] = [Math.floor(j / TAPS), j % TAPS];
        return rateAt(channel, y + Math.floor(tap / 3) - 1, x + (tap % 3) - 1);
      });
      return (bias[o] ?? NaN) + rowTimes(weight, o, window);
    });
    expect(firstDifference(computed, expected, goldenTolerance(expected))).toBeUndefined();
  },
);
