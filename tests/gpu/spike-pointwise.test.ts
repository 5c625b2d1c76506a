import { describe, expect } from 'vitest';
import { spikeBytes } from '../../src/kernels/kernel.ts';
import { createPlainConv } from '../../src/kernels/plain-conv.ts';
import { createSpikePointwise } from '../../src/kernels/spike-pointwise.ts';
import { integrate } from '../../src/reference/epilogue.ts';
import { packSpikes, unpackSpikes } from '../../src/reference/maps.ts';
import { spikePointwise } from '../../src/reference/spike-pointwise.ts';
import { firstDifference, padChannels } from '../support/compare.ts';
import { test } from '../support/gpu.ts';
import { eighths, spikeCounts, uniform } from '../support/random.ts';

// Weights are multiples of 1/8 and counts are integers: every sum is exact, so bits must agree.
interface Case {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outputs: number;
  readonly density?: number;
  readonly uniform?: boolean;
  /** Lanes share nothing. */
  readonly alone?: boolean;
}
const layer = (c: Case) => {
  const input = { height: c.height, width: c.width, channels: c.channels };
  const counts = spikeCounts(c.height * c.width * c.channels, 8, c.density ?? 0.3);
  const weights = eighths(c.channels * c.outputs, 2);
  const bias = eighths(c.outputs, 3);
  const expected = spikePointwise(counts, input, weights, bias, c.outputs);
  return { input, counts, weights, bias, expected };
};

describe('spike-pointwise', () => {
  test.for<Case>([
    { height: 1, width: 1, channels: 1, outputs: 1 },
    { height: 3, width: 7, channels: 5, outputs: 3 }, // an odd number of tiles, a ragged four
    { height: 2, width: 8, channels: 16, outputs: 32 }, // one full workgroup
    { height: 1, width: 20, channels: 12, outputs: 130 }, // wide, ragged
    { height: 4, width: 16, channels: 32, outputs: 16, density: 1 }, // all at once
    { height: 4, width: 16, channels: 32, outputs: 16, density: 0.05 }, // one by one
    { height: 4, width: 16, channels: 32, outputs: 16, density: 0.1 }, // some of each
    { height: 4, width: 16, channels: 32, outputs: 16, density: 0.1, alone: true },
    { height: 3, width: 24, channels: 9, outputs: 30 }, // an odd number of tiles, whose lanes share
    { height: 4, width: 8, channels: 3, outputs: 5, density: 0 },
    { height: 3, width: 9, channels: 16, outputs: 20, uniform: true },
    { height: 3, width: 9, channels: 18, outputs: 20, density: 0.05, uniform: true },
  ])('equals the reference, bit for bit: %o', async (c, { gpu }) => {
    const { input, counts, weights, bias, expected } = layer(c);
    const levels = 4;
    const { shape, current } = expected;
    const options = { input, output: shape, levels, store: true, uniform: c.uniform ?? false };
    const create = await createSpikePointwise(c.alone ? gpu.alone : gpu.host, options);
    const membrane = gpu.buffer(4 * current.length);
    const fired = gpu.buffer(spikeBytes(shape.height, shape.width, shape.channels));
    const padded = padChannels(weights, c.outputs);
    await gpu.run(
      create({
        input: gpu.buffer(packSpikes(counts, input)),
        weights: c.uniform ? gpu.window(padded) : gpu.buffer(padded),
        bias: gpu.buffer(padChannels(bias, c.outputs)),
        membrane,
        fired,
      }),
    );
    const want = integrate(current, shape, { levels });
    expect(firstDifference(await gpu.readF32(membrane), want.membrane)).toBeUndefined();
    const words = await gpu.readU32(fired);
    expect(firstDifference(unpackSpikes(words, shape), want.fired)).toBeUndefined();
    // Pixels beyond the map stay zero: packing what was unpacked gives the same words.
    expect(firstDifference(words, packSpikes(want.fired, shape))).toBeUndefined();
  });

  // A layer of `second` outputs beside one of those left, each with its own half of the input.
  test.for([
    { channels: 16, second: 16, outputs: 32 }, // lanes share
    { channels: 16, second: 32, outputs: 48 },
    { channels: 16, second: 8, outputs: 32 }, // a quad of lanes has some of both
    { channels: 6, second: 4, outputs: 10 }, // ragged fours
  ])('does two layers side by side: %o', async ({ channels, second, outputs }, { gpu }) => {
    const size = { height: 3, width: 17 };
    const pixels = size.height * size.width;
    const input = { ...size, channels: 2 * channels };
    const output = { ...size, channels: outputs };
    const counts = spikeCounts(pixels * input.channels, 8, 0.3);
    const halves = [0, channels].map((first) =>
      counts.filter((_, i) => {
        const channel = (i % input.channels) - first;
        return channel >= 0 && channel < channels;
      }),
    );
    for (const numbers of [eighths, (n: number, seed: number) => uniform(n, -1, 1, seed)]) {
      const weights = numbers(channels * outputs, 2);
      const bias = numbers(outputs, 3);
      // Of the layers with all outputs on one half, those that are its own.
      const layers = halves.map((half) =>
        spikePointwise(half, { ...size, channels }, weights, bias, outputs),
      );
      const expected = Float32Array.from({ length: pixels * outputs }, (_, i) => {
        return layers[i % outputs < second ? 0 : 1]?.current[i] ?? NaN;
      });
      const common = { input, output, second, store: true };
      const plain = { ...common, spikes: true, kernel: 1, stride: 1 } as const;
      const [current, same] = [
        await createSpikePointwise(gpu.host, common),
        await createPlainConv(gpu.host, plain),
      ].map((create) => {
        const membrane = gpu.buffer(4 * expected.length);
        const dispatch = create({
          input: gpu.buffer(packSpikes(counts, input)),
          weights: gpu.buffer(padChannels(weights, outputs)),
          bias: gpu.buffer(padChannels(bias, outputs)),
          membrane,
        });
        return { dispatch, membrane };
      });
      if (!current || !same) throw new TypeError('there are two');
      await gpu.run(current.dispatch, same.dispatch);
      const got = await gpu.readF32(current.membrane);
      // Sums of uniform numbers, up to 8 · 16 of them, are rounded to 2⁻¹⁷ at each addition.
      const bound = numbers === eighths ? 0 : 16 * 2 ** -17;
      expect(firstDifference(got, expected, bound)).toBeUndefined();
      expect(firstDifference(await gpu.readF32(same.membrane), got)).toBeUndefined();
    }
  });

  test('refuses halves of an odd number of channels, and layers that part a four', async ({
    gpu,
  }) => {
    const map = (channels: number) => ({ height: 1, width: 8, channels });
    const create = (input: number, second: number) =>
      createSpikePointwise(gpu.host, { input: map(input), output: map(16), second });
    await expect(create(7, 8)).rejects.toThrow(/7 channels and outputs from 8 on/);
    await expect(create(8, 6)).rejects.toThrow(/8 channels and outputs from 6 on/);
  });

  // By floats and, where the outputs are a multiple of 4, by fours.
  test.for([6, 8])(
    'adds %i outputs to the membrane, in either layout',
    async (outputs, { gpu }) => {
      const c = { height: 6, width: 10, channels: 3, outputs };
      const { input, counts, weights, bias, expected } = layer(c);
      const before = eighths(expected.current.length, 4);
      for (const channelMajor of [false, true]) {
        const create = await createSpikePointwise(gpu.host, {
          input,
          output: expected.shape,
          accumulate: true,
          store: true,
          channelMajor,
        });
        const membrane = gpu.buffer(before);
        await gpu.run(
          create({
            input: gpu.buffer(packSpikes(counts, input)),
            weights: gpu.buffer(padChannels(weights, c.outputs)),
            bias: gpu.buffer(padChannels(bias, c.outputs)),
            membrane,
          }),
        );
        const want = integrate(expected.current, expected.shape, {
          membrane: before,
          channelMajor,
        });
        expect(firstDifference(await gpu.readF32(membrane), want.membrane)).toBeUndefined();
      }
    },
  );

  // Doubled, the weights 1/4 and 3/4 of multiples of 1/8 are exact. Else the place of a sample is
  // rounded to 2⁻¹⁹ of a pixel in y and in x, times a slope of 2, and the sum to 2⁻¹⁹.
  test.for([
    { from: { height: 1, width: 1 }, to: { height: 2, width: 2 }, tolerance: 0 },
    { from: { height: 2, width: 4 }, to: { height: 4, width: 8 }, tolerance: 0 },
    { from: { height: 5, width: 9 }, to: { height: 10, width: 18 }, tolerance: 0 },
    { from: { height: 4, width: 4 }, to: { height: 4, width: 4 }, tolerance: 0 },
    { from: { height: 5, width: 7 }, to: { height: 10, width: 13 }, tolerance: 1e-5 },
    { from: { height: 19, width: 26 }, to: { height: 38, width: 51 }, tolerance: 1e-5 },
  ])('adds a coarser map, upsampled: %o', async ({ from, to, tolerance }, { gpu }) => {
    const outputs = 20;
    const { input, counts, weights, bias } = layer({ ...to, channels: 4, outputs });
    const map = eighths(from.height * from.width * outputs, 5);
    const { shape, current } = spikePointwise(counts, input, weights, bias, outputs, {
      ...from,
      map,
    });
    const levels = 4;
    const create = await createSpikePointwise(gpu.host, {
      input,
      output: shape,
      coarse: from,
      levels,
      store: true,
    });
    const membrane = gpu.buffer(4 * current.length);
    const fired = gpu.buffer(spikeBytes(shape.height, shape.width, outputs));
    await gpu.run(
      create({
        input: gpu.buffer(packSpikes(counts, input)),
        weights: gpu.buffer(weights),
        bias: gpu.buffer(bias),
        coarse: gpu.buffer(map),
        membrane,
        fired,
      }),
    );
    const got = await gpu.readF32(membrane);
    expect(firstDifference(got, current, tolerance)).toBeUndefined();
    const want = integrate(got, shape, { levels });
    expect(
      firstDifference(await gpu.readU32(fired), packSpikes(want.fired, shape)),
    ).toBeUndefined();
  });

  test('reads a slice of the channels of a wider tensor', async ({ gpu }) => {
    const { input, counts, weights, bias, expected } = layer({
      height: 4,
      width: 12,
      channels: 6,
      outputs: 8,
    });
    const [stride, offset] = [11, 3];
    const among = new Uint8Array(4 * 12 * stride).fill(7);
    counts.forEach((count, i) => (among[Math.floor(i / 6) * stride + offset + (i % 6)] = count));
    const create = await createSpikePointwise(gpu.host, {
      input: { ...input, stride, offset },
      output: expected.shape,
      store: true,
    });
    const membrane = gpu.buffer(4 * expected.current.length);
    await gpu.run(
      create({
        input: gpu.buffer(packSpikes(among, { ...input, channels: stride })),
        weights: gpu.buffer(weights),
        bias: gpu.buffer(bias),
        membrane,
      }),
    );
    expect(firstDifference(await gpu.readF32(membrane), expected.current)).toBeUndefined();
  });

  test('refuses another size, and a buffer that is too short, by name', async ({ gpu }) => {
    const shape = { height: 1, width: 1, channels: 8 };
    const odd = { input: shape, output: { ...shape, channels: 6 } };
    await expect(createSpikePointwise(gpu.host, { ...odd, coarse: shape })).rejects.toThrow(
      'spike-pointwise: a coarser map is added by fours, but there are 6 channels',
    );
    await expect(
      createSpikePointwise(gpu.host, { input: shape, output: { ...shape, width: 2 } }),
    ).rejects.toThrow('spike-pointwise: 1 × 1 pixels do not become 1 × 2');
    const create = await createSpikePointwise(gpu.host, { input: shape, output: shape, levels: 8 });
    const [input, weights, bias] = [gpu.buffer(32), gpu.buffer(4 * 64), gpu.buffer(32)];
    expect(() => create({ input, weights, bias, fired: gpu.buffer(16) })).toThrow(
      'spike-pointwise: fired: needs 32 bytes, got 16',
    );
  });
});
