import { describe, expect } from 'vitest';
import { spikeBytes } from '../../src/kernels/kernel.ts';
import { createSpikeDepthwise } from '../../src/kernels/spike-depthwise.ts';
import { integrate } from '../../src/reference/epilogue.ts';
import { packSpikes } from '../../src/reference/maps.ts';
import { spikeDepthwise } from '../../src/reference/spike-depthwise.ts';
import { firstDifference, padChannels } from '../support/compare.ts';
import { test } from '../support/gpu.ts';
import { eighths, spikeCounts } from '../support/random.ts';

// Weights are multiples of 1/8 and counts are integers: every sum is exact, so bits must agree.
describe('spike-depthwise', () => {
  test.for([
    { kernel: 3, height: 1, width: 1, channels: 1 },
    { kernel: 3, height: 8, width: 8, channels: 32 }, // one full workgroup
    { kernel: 3, height: 5, width: 17, channels: 35 },
    { kernel: 5, height: 6, width: 9, channels: 6 },
    { kernel: 7, height: 4, width: 24, channels: 5 }, // taller than the map
    { kernel: 7, height: 9, width: 15, channels: 4, density: 1 },
    { kernel: 7, height: 9, width: 40, channels: 3, density: 0.02 }, // most words are skipped
  ])('equals the reference, bit for bit: %o', async (c, { gpu }) => {
    const { kernel, height, width, channels, density = 0.3 } = c;
    const shape = { height, width, channels };
    const stride = channels + 2;
    const counts = spikeCounts(height * width * channels, 8, density);
    const among = new Uint8Array(height * width * stride).fill(3);
    counts.forEach((n, i) => (among[Math.floor(i / channels) * stride + 1 + (i % channels)] = n));
    const weights = eighths(kernel * kernel * channels, 2);
    const bias = eighths(channels, 3);
    const before = eighths(height * width * channels, 4);
    const levels = 4;
    const create = await createSpikeDepthwise(gpu.host, {
      kernel,
      input: { ...shape, stride, offset: 1 },
      levels,
      store: true,
      accumulate: true,
    });
    const membrane = gpu.buffer(before);
    const fired = gpu.buffer(spikeBytes(height, width, channels));
    await gpu.run(
      create({
        input: gpu.buffer(packSpikes(among, { height, width, channels: stride })),
        weights: gpu.buffer(padChannels(weights, channels)),
        bias: gpu.buffer(padChannels(bias, channels)),
        membrane,
        fired,
      }),
    );
    const current = spikeDepthwise(counts, shape, weights, bias, kernel);
    const want = integrate(current, shape, { levels, membrane: before });
    expect(firstDifference(await gpu.readF32(membrane), want.membrane)).toBeUndefined();
    const words = packSpikes(want.fired, shape);
    expect(firstDifference(await gpu.readU32(fired), words)).toBeUndefined();
  });

  test('refuses a buffer that is too short, by name', async ({ gpu }) => {
    const input = { height: 1, width: 8, channels: 4 };
    const create = await createSpikeDepthwise(gpu.host, { kernel: 3, input, store: true });
    const [spikes, weights, bias] = [gpu.buffer(16), gpu.buffer(128), gpu.buffer(16)];
    expect(() => create({ input: spikes, weights, bias, membrane: gpu.buffer(128) })).toThrow(
      'spike-depthwise: weights: needs 144 bytes, got 128',
    );
  });
});
