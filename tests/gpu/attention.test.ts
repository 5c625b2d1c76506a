import { describe, expect } from 'vitest';
import { createAttention } from '../../src/kernels/attention.ts';
import { spikeBytes } from '../../src/kernels/kernel.ts';
import { attention } from '../../src/reference/attention.ts';
import { packSpikes } from '../../src/reference/maps.ts';
import { fire } from '../../src/reference/rounding.ts';
import { firstDifference } from '../support/compare.ts';
import { test } from '../support/gpu.ts';
import { spikeCounts } from '../support/random.ts';

const one = { height: 1, width: 1, channels: 1 };
const tokens = (width: number) => ({ height: 1, width });

describe('attention', () => {
  // Workgroups have 16 lanes on software drivers and 64 on GPUs.
  test.for([
    { q: tokens(1), keys: tokens(1), heads: 1, headWidth: 1, scale: 0.25 },
    { q: tokens(7), keys: tokens(8), heads: 1, headWidth: 3, scale: 1 / 64 },
    { q: tokens(8), keys: tokens(9), heads: 1, headWidth: 4, scale: 1 / 64 },
    { q: tokens(9), keys: tokens(7), heads: 1, headWidth: 5, scale: 1 / 64 },
    // Shares of one tile each and some of two, tiles of q for each lane and one more.
    { q: { height: 13, width: 40 }, keys: tokens(20), heads: 2, headWidth: 8, scale: 0.001 },
    { q: tokens(20), keys: { height: 11, width: 24 }, heads: 8, headWidth: 8, scale: 0.001 },
    {
      q: { height: 3, width: 9 },
      keys: { height: 5, width: 17 },
      heads: 3,
      headWidth: 12,
      scale: 1e-4,
    },
    { q: tokens(20), keys: { height: 4, width: 63 }, heads: 2, headWidth: 45, scale: 1e-5 },
    // As many blocks of key channels as lanes, and one more.
    { q: tokens(9), keys: { height: 2, width: 11 }, heads: 1, headWidth: 64, scale: 1e-5 },
    { q: tokens(9), keys: { height: 2, width: 11 }, heads: 2, headWidth: 65, scale: 1e-5 },
    { q: tokens(9), keys: tokens(20), heads: 1, headWidth: 256, scale: 1e-5 },
    { q: tokens(9), keys: tokens(20), heads: 1, headWidth: 257, scale: 1e-5 },
    { q: tokens(9), keys: tokens(20), heads: 1, headWidth: 1024, scale: 1e-5 },
    // Sums beyond 2²⁴: integers until they are rounded to f32, once.
    { q: tokens(9), keys: { height: 64, width: 128 }, heads: 1, headWidth: 32, scale: 1e-7 },
  ])('equals the reference, bit for bit: %o', async (c, { gpu }) => {
    const { keys, heads, headWidth, scale } = c;
    const channels = heads * headWidth;
    const slice = (size: { height: number; width: number }, offset: number, seed: number) => {
      const stride = channels + 2 + seed;
      const { height, width } = size;
      const counts = spikeCounts(height * width * stride, 15, 0.5, seed);
      const buffer = gpu.buffer(packSpikes(counts, { ...size, channels: stride }));
      return { counts, stride, offset, buffer, map: { ...size, channels, stride, offset } };
    };
    const [q, k, v] = [slice(c.q, 3, 1), slice(keys, 1, 2), slice(keys, 2, 3)];
    const create = await createAttention(gpu.host, {
      q: q.map,
      k: k.map,
      v: v.map,
      heads,
      scale,
      levels: 8,
      store: true,
    });
    const { height, width } = c.q;
    const membrane = gpu.buffer(4 * height * width * channels);
    const fired = gpu.buffer(spikeBytes(height, width, channels));
    await gpu.run(create({ q: q.buffer, k: k.buffer, v: v.buffer, membrane, fired }));

    const sizes = { queries: height * width, keys: keys.height * keys.width, heads };
    const want = attention({ q, k, v }, { ...sizes, width: headWidth }, scale);
    expect(firstDifference(await gpu.readF32(membrane), want)).toBeUndefined();
    const spikes = packSpikes(
      Array.from(want, (potential) => fire(potential, 8)),
      { height, width, channels },
    );
    expect(firstDifference(await gpu.readU32(fired), spikes)).toBeUndefined();
  });

  test('reads thirds of one tensor, and fires without a membrane', async ({ gpu }) => {
    const [size, heads, headWidth, levels] = [{ height: 5, width: 11 }, 2, 6, 4];
    const channels = heads * headWidth;
    const stride = 3 * channels;
    const counts = spikeCounts(55 * stride, levels, 0.3);
    const third = (i: number) => ({ counts, ...size, channels, stride, offset: i * channels });
    const thirds = { q: third(0), k: third(1), v: third(2) };
    const scale = 1 / 256;
    const create = await createAttention(gpu.host, { ...thirds, heads, scale, levels });
    const spikes = gpu.buffer(packSpikes(counts, { ...size, channels: stride }));
    const fired = gpu.buffer(spikeBytes(size.height, size.width, channels));
    await gpu.run(create({ q: spikes, k: spikes, v: spikes, fired }));
    const sizes = { queries: 55, keys: 55, heads, width: headWidth };
    const want = Array.from(attention(thirds, sizes, scale), (value) => fire(value, levels));
    expect(new Set(want).size).toBeGreaterThan(3);
    const words = packSpikes(want, { ...size, channels });
    expect(firstDifference(await gpu.readU32(fired), words)).toBeUndefined();
  });

  test('breaks ties to even', async ({ gpu }) => {
    const slices = { q: one, k: one, v: one };
    const create = await createAttention(gpu.host, { ...slices, heads: 1, scale: 0.5, levels: 8 });
    for (const [sum, count] of [
      [1, 0],
      [3, 2],
      [5, 2],
      [7, 4],
      [15, 8],
    ] as const) {
      const fired = gpu.buffer(4);
      const [q, v] = [gpu.buffer(Uint32Array.of(1)), gpu.buffer(Uint32Array.of(sum))];
      await gpu.run(create({ q, k: q, v, fired }));
      expect([...(await gpu.readU32(fired))]).toEqual([count]);
    }
  });

  test('adds to the membrane that is there, and fires only if asked to', async ({ gpu }) => {
    const slices = { q: { ...one, width: 2 }, k: one, v: one };
    const attention = { ...slices, heads: 1, scale: 0.5, accumulate: true, store: true };
    const q = gpu.buffer(Uint32Array.of(0x21));
    const k = gpu.buffer(Uint32Array.of(1));
    const v = gpu.buffer(Uint32Array.of(3));
    const membrane = gpu.buffer(Float32Array.of(1, -1));
    const fired = gpu.buffer(Uint32Array.of(7));
    const silent = await createAttention(gpu.host, attention);
    await gpu.run(silent({ q, k, v, membrane, fired }));
    expect([...(await gpu.readF32(membrane))]).toEqual([2.5, 2]);
    expect([...(await gpu.readU32(fired))]).toEqual([7]);
    const firing = await createAttention(gpu.host, { ...attention, levels: 8 });
    await gpu.run(firing({ q, k, v, membrane, fired }));
    expect([...(await gpu.readF32(membrane))]).toEqual([4, 5]);
    expect([...(await gpu.readU32(fired))]).toEqual([0x54]);
  });

  test.for(['q', 'k', 'v', 'membrane', 'fired'] as const)(
    'refuses a buffer that is too short, by name: %s',
    async (name, { gpu }) => {
      const slice = { height: 1, width: 8, channels: 4 };
      const slices = { q: slice, k: slice, v: slice };
      const options = { ...slices, heads: 1, scale: 1, levels: 8, store: true };
      const create = await createAttention(gpu.host, options);
      const bytes = { q: 16, k: 16, v: 16, membrane: 128, fired: 16 };
      const buffer = (of: keyof typeof bytes) => gpu.buffer(bytes[of] - (of === name ? 4 : 0));
      const [q, k, v] = [buffer('q'), buffer('k'), buffer('v')];
      const outputs = { membrane: buffer('membrane'), fired: buffer('fired') };
      expect(() => create({ q, k, v, ...outputs })).toThrow(
        `attention: ${name}: needs ${bytes[name]} bytes, got ${bytes[name] - 4}`,
      );
    },
  );

  test('refuses heads too wide for workgroup memory', async ({ gpu }) => {
    const slice = { height: 1, width: 8, channels: 2050 };
    const create = createAttention(gpu.host, { q: slice, k: slice, v: slice, heads: 2, scale: 1 });
    await expect(create).rejects.toMatchObject({
      code: 'shape-mismatch',
      message: 'attention: heads of 1025 channels, expected at most 1024',
    });
  });
});
