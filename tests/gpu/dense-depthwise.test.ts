import { describe, expect } from 'vitest';
import { createDenseDepthwise } from '../../src/kernels/dense-depthwise.ts';
import { denseDepthwise } from '../../src/reference/dense-depthwise.ts';
import { firstDifference, padChannels } from '../support/compare.ts';
import { test } from '../support/gpu.ts';
import { eighths } from '../support/random.ts';

describe('dense-depthwise', () => {
  // Multiples of 1/8: every sum is exact.
  test.for([
    { height: 1, width: 1, channels: 1 },
    { height: 3, width: 7, channels: 5 },
    { height: 1, width: 8, channels: 64 }, // one workgroup
    { height: 4, width: 9, channels: 6 },
    { height: 16, width: 17, channels: 33 },
  ])('equals the reference, bit for bit: %o', async (shape, { gpu }) => {
    const input = eighths(shape.height * shape.width * shape.channels);
    const weights = eighths(9 * shape.channels, 2);
    const create = await createDenseDepthwise(gpu.host, shape);
    const output = gpu.buffer(input.byteLength);
    await gpu.run(
      create({
        input: gpu.buffer(input),
        weights: gpu.buffer(padChannels(weights, shape.channels)),
        output,
      }),
    );
    const want = denseDepthwise(input, shape, weights);
    expect(firstDifference(await gpu.readF32(output), want)).toBeUndefined();
  });

  test('refuses a buffer that is too short, by name', async ({ gpu }) => {
    const create = await createDenseDepthwise(gpu.host, { height: 1, width: 4, channels: 4 });
    const [input, weights] = [gpu.buffer(64), gpu.buffer(144)];
    expect(() => create({ input, weights, output: gpu.buffer(60) })).toThrow(
      'dense-depthwise: output: needs 64 bytes, got 60',
    );
  });
});
