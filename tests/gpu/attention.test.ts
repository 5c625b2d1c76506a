import { describe, expect } from 'vitest';
import { createAttention } from '../../src/kernels/attention.ts';
import { spikeBytes } from '../../src/kernels/kernel.ts';
import { attention } from '../../src/reference/attention.ts';
import { packSpikes } from '../../src/reference/maps.ts';
import { fire } from '../../src/reference/rounding.ts';
import { firstDifference } from '../support/compare.ts';
import { test } from '../support/gpu.ts';
import { spikeCounts, uniform } from '../support/random.ts';

describe('attention', () => {
  test.for([
    { height: 1, width: 1, heads: 1, headWidth: 1, scale: 0.25 },
    { height: 3, width: 9, heads: 2, headWidth: 6, scale: 1 / 512 },
    { height: 2, width: 16, heads: 8, headWidth: 8, scale: 0.001 }, // scale · sum rounds once
    { height: 1, width: 20, heads: 3, headWidth: 45, scale: 1 / 4096 },
  ])('equals the reference, bit for bit: %o', async (c, { gpu }) => {
    const { height, width, heads, headWidth, scale } = c;
    const channels = heads * headWidth;
    const shape = { height, width, channels };
    const stride = channels + 2;
    const offset = 2;
    const counts = spikeCounts(height * width * stride, 8, 0.5);
    const sums = Int32Array.from(uniform(channels * headWidth, -20, 200, 3));
    const create = await createAttention(gpu.host, {
      q: { ...shape, stride, offset },
      heads,
      scale,
      levels: 8,
      store: true,
    });
    const membrane = gpu.buffer(4 * height * width * channels);
    const fired = gpu.buffer(spikeBytes(height, width, channels));
    await gpu.run(
      create({
        q: gpu.buffer(packSpikes(counts, { height, width, channels: stride })),
        keyValue: gpu.buffer(sums),
        membrane,
        fired,
      }),
    );
    const tokens = height * width;
    const size = { tokens, heads, width: headWidth };
    const want = attention({ counts, stride, offset }, sums, size, scale);
    expect(firstDifference(await gpu.readF32(membrane), want)).toBeUndefined();
    const spikes = packSpikes(
      Array.from(want, (v) => fire(v, 8)),
      shape,
    );
    expect(firstDifference(await gpu.readU32(fired), spikes)).toBeUndefined();
  });

  test('breaks ties to even', async ({ gpu }) => {
    const shape = { height: 1, width: 1, channels: 1 };
    const levels = 8;
    const create = await createAttention(gpu.host, { q: shape, heads: 1, scale: 0.5, levels });
    for (const [sum, count] of [
      [1, 0],
      [3, 2],
      [5, 2],
      [7, 4],
      [99, 8],
    ] as const) {
      const fired = gpu.buffer(4);
      const keyValue = gpu.buffer(new Int32Array([sum]));
      await gpu.run(create({ q: gpu.buffer(new Uint32Array([1])), keyValue, fired }));
      expect([...(await gpu.readU32(fired))]).toEqual([count]);
    }
  });

  test('adds to the membrane that is there, and fires only if asked to', async ({ gpu }) => {
    const shape = { height: 1, width: 2, channels: 1 };
    const attention = { q: shape, heads: 1, scale: 0.5, accumulate: true, store: true };
    const q = gpu.buffer(Uint32Array.of(0x21));
    const keyValue = gpu.buffer(Int32Array.of(3));
    const membrane = gpu.buffer(Float32Array.of(1, -1));
    const fired = gpu.buffer(Uint32Array.of(7));
    const silent = await createAttention(gpu.host, attention);
    await gpu.run(silent({ q, keyValue, membrane, fired }));
    expect([...(await gpu.readF32(membrane))]).toEqual([2.5, 2]);
    expect([...(await gpu.readU32(fired))]).toEqual([7]);
    const firing = await createAttention(gpu.host, { ...attention, levels: 8 });
    await gpu.run(firing({ q, keyValue, membrane, fired }));
    expect([...(await gpu.readF32(membrane))]).toEqual([4, 5]);
    expect([...(await gpu.readU32(fired))]).toEqual([0x54]);
  });
});
