import { describe, expect } from 'vitest';
import { createKeyValue } from '../../src/kernels/key-value.ts';
import { keyValue } from '../../src/reference/key-value.ts';
import { packSpikes } from '../../src/reference/maps.ts';
import { firstDifference } from '../support/compare.ts';
import { test } from '../support/gpu.ts';
import { spikeCounts } from '../support/random.ts';

describe('key-value', () => {
  test.for([
    { height: 1, width: 1, heads: 1, headWidth: 1 },
    { height: 3, width: 9, heads: 2, headWidth: 6 },
    { height: 4, width: 63, heads: 8, headWidth: 8 }, // 32 tiles: one for each lane
    { height: 11, width: 24, heads: 3, headWidth: 12 }, // 33 tiles
    { height: 1, width: 20, heads: 8, headWidth: 45 },
  ])('equals the reference, exactly: %o', async ({ height, width, heads, headWidth }, { gpu }) => {
    const channels = heads * headWidth;
    const stride = channels + 3;
    const wide = { height, width, channels: stride };
    const among = (seed: number) => spikeCounts(height * width * stride, 15, 0.5, seed);
    const [k, v] = [among(1), among(2)];
    const slice = { height, width, channels, stride };
    const create = await createKeyValue(gpu.host, {
      k: { ...slice, offset: 1 },
      v: { ...slice, offset: 2 },
      heads,
    });
    const sums = gpu.buffer(4 * heads * headWidth * headWidth);
    await gpu.run(
      create({
        k: gpu.buffer(packSpikes(k, wide)),
        v: gpu.buffer(packSpikes(v, wide)),
        keyValue: sums,
      }),
    );
    const want = keyValue(
      { counts: k, stride, offset: 1 },
      { counts: v, stride, offset: 2 },
      { tokens: height * width, heads, width: headWidth },
    );
    const got = new Int32Array((await gpu.readU32(sums)).buffer);
    expect(firstDifference(got, want)).toBeUndefined();
  });

  test('adds to the sums that are there, if asked to', async ({ gpu }) => {
    const slice = { height: 1, width: 8, channels: 2 };
    const create = await createKeyValue(gpu.host, {
      k: slice,
      v: slice,
      heads: 1,
      accumulate: true,
    });
    const keyValue = gpu.buffer(Int32Array.of(100, -100, 7, 0));
    const k = gpu.buffer(Uint32Array.of(0x00000001, 0x00000011));
    const v = gpu.buffer(Uint32Array.of(0x00000003, 0x00000050));
    await gpu.run(create({ k, v, keyValue }));
    expect([...new Int32Array((await gpu.readU32(keyValue)).buffer)]).toEqual([103, -100, 10, 5]);
  });

  test('refuses a buffer that is too short, by name', async ({ gpu }) => {
    const slice = { height: 1, width: 8, channels: 4 };
    const create = await createKeyValue(gpu.host, { k: slice, v: slice, heads: 1 });
    const [k, v] = [gpu.buffer(16), gpu.buffer(12)];
    expect(() => create({ k, v, keyValue: gpu.buffer(64) })).toThrow(
      'key-value: v: needs 16 bytes, got 12',
    );
  });
});
