import { describe, expect } from 'vitest';
import { createUpsample } from '../../src/kernels/upsample.ts';
import { upsample } from '../../src/reference/upsample.ts';
import { firstDifference } from '../support/compare.ts';
import { test } from '../support/gpu.ts';
import { eighths, uniform } from '../support/random.ts';

describe('upsample', () => {
  // Weights of 1/4 and 3/4 of multiples of 1/8 are exact.
  test.for([
    { height: 1, width: 1, channels: 4 },
    { height: 2, width: 4, channels: 64 }, // 64 invocations: one workgroup
    { height: 5, width: 7, channels: 20 },
  ])('doubles %o, bit for bit', async (input, { gpu }) => {
    const map = eighths(input.height * input.width * input.channels);
    const output = { ...input, height: 2 * input.height, width: 2 * input.width };
    const create = await createUpsample(gpu.host, { input, output });
    const fine = gpu.buffer(4 * map.byteLength);
    await gpu.run(create({ input: gpu.buffer(map), output: fine }));
    expect(firstDifference(await gpu.readF32(fine), upsample(map, input, output))).toBeUndefined();
  });

  // The position of a sample is rounded to f32: at most 2⁻²² of a pixel here, times a slope of 2.
  test.for([
    { from: { height: 5, width: 7 }, to: { height: 10, width: 13 } },
    { from: { height: 19, width: 26 }, to: { height: 38, width: 51 } },
    { from: { height: 4, width: 4 }, to: { height: 4, width: 4 } },
  ])('meets odd sizes: %o', async ({ from, to }, { gpu }) => {
    const [input, output] = [
      { ...from, channels: 8 },
      { ...to, channels: 8 },
    ];
    const map = uniform(from.height * from.width * 8, -1, 1);
    const create = await createUpsample(gpu.host, { input, output });
    const fine = gpu.buffer(4 * to.height * to.width * 8);
    await gpu.run(create({ input: gpu.buffer(map), output: fine }));
    const want = upsample(map, input, output);
    expect(firstDifference(await gpu.readF32(fine), want, 4e-6)).toBeUndefined();
  });

  test('refuses channels that are no multiple of 4', async ({ gpu }) => {
    const map = { height: 1, width: 1, channels: 6 };
    await expect(createUpsample(gpu.host, { input: map, output: map })).rejects.toThrow(
      'upsample: takes channels by fours, but the map has 6',
    );
  });
});
