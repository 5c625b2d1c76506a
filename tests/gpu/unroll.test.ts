import { describe, expect } from 'vitest';
import { spikeBytes } from '../../src/kernels/kernel.ts';
import { createUnroll } from '../../src/kernels/unroll.ts';
import { packSpikes, unpackSpikes } from '../../src/reference/maps.ts';
import { unroll } from '../../src/reference/unroll.ts';
import { firstDifference } from '../support/compare.ts';
import { test } from '../support/gpu.ts';
import { spikeCounts } from '../support/random.ts';

const MOST = 15;

describe('unroll', () => {
  test.for([
    { height: 1, width: 1, channels: 1 },
    { height: 3, width: 7, channels: 5 },
    { height: 2, width: 8, channels: 32 }, // one full workgroup
    { height: 5, width: 9, channels: 13 },
  ])(
    'fires as the reference in every step, and as often as was counted: %o',
    async (shape, { gpu }) => {
      const { height, width, channels } = shape;
      const counts = spikeCounts(height * width * channels, MOST, 0.7);
      const input = gpu.buffer(packSpikes(counts, shape));
      const output = gpu.buffer(spikeBytes(height, width, channels));
      const total = new Uint8Array(counts.length);
      for (let step = 1; step <= MOST; step++) {
        const create = await createUnroll(gpu.host, { shape, step });
        await gpu.run(create({ counts: input, spikes: output }));
        const words = await gpu.readU32(output);
        expect(firstDifference(words, packSpikes(unroll(counts, step), shape))).toBeUndefined();
        unpackSpikes(words, shape).forEach((spike, i) => (total[i] = (total[i] ?? 0) + spike));
      }
      expect(firstDifference(total, counts)).toBeUndefined();
    },
  );

  test('refuses a buffer that is too short, by name', async ({ gpu }) => {
    const shape = { height: 1, width: 9, channels: 2 };
    const create = await createUnroll(gpu.host, { shape, step: 1 });
    expect(() => create({ counts: gpu.buffer(16), spikes: gpu.buffer(12) })).toThrow(
      'unroll: spikes: needs 16 bytes, got 12',
    );
  });
});
