import { describe, expect } from 'vitest';
import { createDenseConv } from '../../src/kernels/dense-conv.ts';
import { spikeBytes } from '../../src/kernels/kernel.ts';
import { denseConv } from '../../src/reference/dense-conv.ts';
import { integrate } from '../../src/reference/epilogue.ts';
import { packSpikes } from '../../src/reference/maps.ts';
import { firstDifference, padChannels } from '../support/compare.ts';
import { test } from '../support/gpu.ts';
import { eighths, uniform } from '../support/random.ts';

interface Case {
  readonly kernel: 1 | 3 | 7;
  readonly stride: 1 | 2;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outputs: number;
}
const layer = (c: Case, values: (length: number, seed: number) => Float32Array<ArrayBuffer>) => {
  const input = { height: c.height, width: c.width, channels: c.channels };
  const map = values(c.height * c.width * c.channels, 1);
  const weights = values(c.kernel * c.kernel * c.channels * c.outputs, 2);
  const bias = values(c.outputs, 3);
  return { input, map, weights, bias, expected: denseConv(map, input, weights, bias, c) };
};

describe('dense-conv', () => {
  // Multiples of 1/8: products are multiples of 1/64 and every sum is exact, so bits must agree.
  test.for<Case>([
    { kernel: 1, stride: 1, height: 1, width: 1, channels: 1, outputs: 1 },
    { kernel: 1, stride: 1, height: 3, width: 7, channels: 5, outputs: 3 },
    { kernel: 1, stride: 1, height: 2, width: 8, channels: 16, outputs: 128 }, // a full workgroup
    { kernel: 1, stride: 1, height: 2, width: 20, channels: 9, outputs: 130 }, // wide, ragged
    { kernel: 3, stride: 1, height: 5, width: 9, channels: 4, outputs: 8 },
    { kernel: 3, stride: 2, height: 6, width: 18, channels: 5, outputs: 5 },
    { kernel: 7, stride: 2, height: 1, width: 1, channels: 3, outputs: 4 },
    { kernel: 7, stride: 2, height: 8, width: 16, channels: 3, outputs: 8 },
    { kernel: 7, stride: 2, height: 15, width: 33, channels: 3, outputs: 6 },
  ])('equals the reference, bit for bit: %o', async (c, { gpu }) => {
    const { input, map, weights, bias, expected } = layer(c, eighths);
    const { current, shape: output } = expected;
    for (const channelMajor of [false, true]) {
      const levels = 4;
      const before = eighths(current.length, 4);
      const epilogue = { levels, accumulate: true, store: true, channelMajor };
      const create = await createDenseConv(gpu.host, { ...c, input, output, ...epilogue });
      const membrane = gpu.buffer(before);
      const fired = gpu.buffer(spikeBytes(output.height, output.width, output.channels));
      await gpu.run(
        create({
          input: gpu.buffer(map),
          weights: gpu.buffer(padChannels(weights, c.outputs)),
          bias: gpu.buffer(padChannels(bias, c.outputs)),
          membrane,
          fired,
        }),
      );
      const want = integrate(current, output, { levels, membrane: before, channelMajor });
      expect(firstDifference(await gpu.readF32(membrane), want.membrane)).toBeUndefined();
      const words = packSpikes(want.fired, output);
      expect(firstDifference(await gpu.readU32(fired), words)).toBeUndefined();
    }
  });

  // Four lanes have eight quads of outputs, and what they share is no other group's or tile's.
  test.for([
    { groups: 1, height: 1, width: 8, channels: 4, outputs: 32 },
    { groups: 1, height: 3, width: 13, channels: 12, outputs: 96 },
    { groups: 3, height: 2, width: 17, channels: 8, outputs: 32 },
  ])('is the same whether lanes share what they load: %o', async (c, { gpu }) => {
    const { groups, height, width } = c;
    const input = { height, width, channels: groups * c.channels };
    const output = { height, width, channels: groups * c.outputs };
    const map = eighths(height * width * input.channels, 1);
    const weights = eighths(c.channels * output.channels, 2);
    const bias = eighths(output.channels, 3);
    const results = [];
    for (const uniform of [false, true]) {
      for (const host of [gpu.alone, gpu.host]) {
        const shape = { kernel: 1, stride: 1, groups, input, output, uniform } as const;
        const create = await createDenseConv(host, { ...shape, store: true, levels: 4 });
        const membrane = gpu.buffer(4 * height * width * output.channels);
        const fired = gpu.buffer(spikeBytes(height, width, output.channels));
        await gpu.run(
          create({
            input: gpu.buffer(map),
            weights: uniform ? gpu.window(weights) : gpu.buffer(weights),
            bias: gpu.buffer(bias),
            membrane,
            fired,
          }),
        );
        results.push([await gpu.readF32(membrane), await gpu.readU32(fired)]);
      }
    }
    const [alone, ...others] = results;
    expect(alone?.[0]?.some((value) => value !== 0)).toBe(true);
    for (const other of others) expect(other).toEqual(alone);
  });

  test('stays within the rounding of its sums', async ({ gpu }) => {
    const c = { kernel: 7, stride: 2, height: 16, width: 32, channels: 3, outputs: 8 } as const;
    const { input, map, weights, bias, expected } = layer(c, (n, seed) => uniform(n, -1, 1, seed));
    const options = { ...c, input, output: expected.shape, store: true };
    const create = await createDenseConv(gpu.host, options);
    const membrane = gpu.buffer(4 * expected.current.length);
    await gpu.run(
      create({
        input: gpu.buffer(map),
        weights: gpu.buffer(weights),
        bias: gpu.buffer(bias),
        membrane,
      }),
    );
    // 147 products and a bias: partial sums stay under 32 here, so an addition rounds by 2^-20 at
    // most, and the errors cancel like a random walk. Measured: 4e-6.
    const bound = Math.sqrt(148) * 2 ** -20;
    const got = await gpu.readF32(membrane);
    expect(firstDifference(got, expected.current, bound)).toBeUndefined();
  });

  // A lane owns up to 8 channels of one group.
  test.for([4, 8, 12])(
    'convolves groups for themselves, to %d outputs',
    async (outputs, { gpu }) => {
      const c = { kernel: 1, stride: 1, height: 3, width: 10, channels: 5, outputs } as const;
      const groups = [1, 2, 3].map((seed) =>
        layer(c, (length, i) => eighths(length, 10 * seed + i)),
      );
      // Side by side in the channels of each pixel, and of each row of weights.
      const beside = (arrays: readonly Float32Array[], width: number) =>
        Float32Array.from({ length: 3 * (arrays[0]?.length ?? 0) }, (_, i) => {
          const [row, column] = [Math.floor(i / (3 * width)), i % (3 * width)];
          return arrays[Math.floor(column / width)]?.[row * width + (column % width)] ?? NaN;
        });
      const of = (key: 'map' | 'weights' | 'bias') => groups.map((group) => group[key]);
      const create = await createDenseConv(gpu.host, {
        kernel: 1,
        stride: 1,
        input: { height: 3, width: 10, channels: 15 },
        output: { height: 3, width: 10, channels: 3 * outputs },
        groups: 3,
        store: true,
      });
      const membrane = gpu.buffer(4 * 30 * 3 * outputs);
      await gpu.run(
        create({
          input: gpu.buffer(beside(of('map'), 5)),
          weights: gpu.buffer(beside(of('weights'), outputs)),
          bias: gpu.buffer(beside(of('bias'), outputs)),
          membrane,
        }),
      );
      const want = beside(
        groups.map(({ expected }) => expected.current),
        outputs,
      );
      expect(firstDifference(await gpu.readF32(membrane), want)).toBeUndefined();
    },
  );

  test('refuses a buffer that is too short, by name', async ({ gpu }) => {
    const input = { height: 4, width: 4, channels: 3 };
    const output = { height: 2, width: 2, channels: 5 };
    const create = await createDenseConv(gpu.host, {
      kernel: 7,
      stride: 2,
      input,
      output,
      store: true,
    });
    const [map, bias, membrane] = [gpu.buffer(192), gpu.buffer(32), gpu.buffer(80)];
    expect(() => create({ input: map, weights: gpu.buffer(64), bias, membrane })).toThrow(
      'dense-conv: weights: needs 4704 bytes, got 64',
    );
  });
});
