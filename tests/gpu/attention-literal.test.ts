import { describe, expect } from 'vitest';
import { createAttentionLiteral } from '../../src/kernels/attention-literal.ts';
import { spikeBytes } from '../../src/kernels/kernel.ts';
import { attentionLiteral } from '../../src/reference/attention-literal.ts';
import { attention } from '../../src/reference/attention.ts';
import { packSpikes } from '../../src/reference/maps.ts';
import { fire } from '../../src/reference/rounding.ts';
import { firstDifference } from '../support/compare.ts';
import { test } from '../support/gpu.ts';
import { spikeCounts } from '../support/random.ts';

// Scales are powers of two and sums stay below 2²⁴ of their unit: both orders are exact and equal.
describe('attention-literal', () => {
  test.for([
    { queries: 1, height: 1, width: 1, heads: 1, headWidth: 1 },
    { queries: 9, height: 3, width: 9, heads: 2, headWidth: 6 },
    { queries: 20, height: 2, width: 16, heads: 4, headWidth: 9 },
  ])('equals its reference and the re-associated one, bit for bit: %o', async (c, { gpu }) => {
    const { queries, height, width, heads, headWidth } = c;
    const channels = heads * headWidth;
    const stride = channels + 1;
    const map = { height, width, channels };
    const query = { height: 1, width: queries, channels };
    const [q, k, v] = [
      { counts: spikeCounts(queries * channels, 8, 0.5, 1), stride: channels, offset: 0 },
      { counts: spikeCounts(height * width * stride, 8, 0.5, 2), stride, offset: 1 },
      { counts: spikeCounts(height * width * stride, 8, 0.5, 3), stride, offset: 0 },
    ];
    const scales = { scoreScale: 1 / 1024, valueScale: 1 / 8 };
    const create = await createAttentionLiteral(gpu.host, {
      q: query,
      k: { ...map, stride, offset: 1 },
      v: { ...map, stride },
      heads,
      levels: 8,
      store: true,
      ...scales,
    });
    const membrane = gpu.buffer(4 * queries * channels);
    const fired = gpu.buffer(spikeBytes(1, queries, channels));
    const wide = { height, width, channels: stride };
    await gpu.run(
      create({
        q: gpu.buffer(packSpikes(q.counts, query)),
        k: gpu.buffer(packSpikes(k.counts, wide)),
        v: gpu.buffer(packSpikes(v.counts, wide)),
        membrane,
        fired,
      }),
    );
    const sizes = { queries, keys: height * width, heads, width: headWidth };
    const want = attentionLiteral({ q, k, v }, sizes, scales);
    expect(firstDifference(await gpu.readF32(membrane), want)).toBeUndefined();
    const spikes = packSpikes(
      Array.from(want, (x) => fire(x, 8)),
      query,
    );
    expect(firstDifference(await gpu.readU32(fired), spikes)).toBeUndefined();

    expect(firstDifference(attention({ q, k, v }, sizes, 1 / 8192), want)).toBeUndefined();
  });
});
