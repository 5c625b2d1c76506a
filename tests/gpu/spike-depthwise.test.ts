import { describe, expect } from 'vitest';
import { spikeBytes } from '../../src/kernels/kernel.ts';
import { createSpikeDepthwise } from '../../src/kernels/spike-depthwise.ts';
import { integrate } from '../../src/reference/epilogue.ts';
import { packSpikes } from '../../src/reference/maps.ts';
import { spikeDepthwise } from '../../src/reference/spike-depthwise.ts';
import { firstDifference, padChannels } from '../support/compare.ts';
import { test } from '../support/gpu.ts';
import { eighths, spikeCounts } from '../support/random.ts';

interface Case {
  readonly kernel: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly density?: number;
  readonly uniform?: boolean;
}
const layer = ({ kernel, density = 0.3, ...shape }: Case) => {
  const { height, width, channels } = shape;
  const counts = spikeCounts(height * width * channels, 8, density);
  const weights = eighths(kernel * kernel * channels, 2);
  const bias = eighths(channels, 3);
  const current = spikeDepthwise(counts, shape, weights, bias, kernel);
  return { shape, counts, weights, bias, current };
};

describe('spike-depthwise', () => {
  // Weights are multiples of 1/8 and counts are integers: every sum is exact, so bits must agree.
  test.for<Case>([
    { kernel: 1, height: 3, width: 9, channels: 4 },
    { kernel: 3, height: 1, width: 1, channels: 1 },
    { kernel: 3, height: 5, width: 7, channels: 3 },
    { kernel: 3, height: 2, width: 8, channels: 128 }, // one full workgroup
    { kernel: 5, height: 9, width: 17, channels: 6, density: 0.05 },
    { kernel: 5, height: 1, width: 24, channels: 130, density: 0.9 },
    { kernel: 7, height: 8, width: 25, channels: 5 },
    { kernel: 7, height: 4, width: 3, channels: 8, density: 1 },
    { kernel: 9, height: 11, width: 18, channels: 4, density: 1 },
    { kernel: 7, height: 4, width: 40, channels: 20, uniform: true },
    { kernel: 9, height: 3, width: 9, channels: 6, uniform: true },
  ])('equals the reference, bit for bit: %o', async (c, { gpu }) => {
    const { shape, counts, weights, bias, current } = layer(c);
    for (const channelMajor of [false, true]) {
      const levels = 4;
      const before = eighths(current.length, 4);
      const create = await createSpikeDepthwise(gpu.host, {
        kernel: c.kernel,
        input: shape,
        uniform: c.uniform ?? false,
        levels,
        accumulate: true,
        store: true,
        channelMajor,
      });
      const membrane = gpu.buffer(before);
      const fired = gpu.buffer(spikeBytes(c.height, c.width, c.channels));
      const padded = padChannels(weights, c.channels);
      await gpu.run(
        create({
          input: gpu.buffer(packSpikes(counts, shape)),
          weights: c.uniform ? gpu.window(padded) : gpu.buffer(padded),
          bias: gpu.buffer(padChannels(bias, c.channels)),
          membrane,
          fired,
        }),
      );
      const want = integrate(current, shape, { levels, membrane: before, channelMajor });
      expect(firstDifference(await gpu.readF32(membrane), want.membrane)).toBeUndefined();
      const words = packSpikes(want.fired, shape);
      expect(firstDifference(await gpu.readU32(fired), words)).toBeUndefined();
    }
  });

  test('reads a slice of the channels of a wider tensor', async ({ gpu }) => {
    const { shape, counts, weights, bias, current } = layer({
      kernel: 5,
      height: 4,
      width: 20,
      channels: 6,
    });
    const [stride, offset] = [11, 3];
    const among = new Uint8Array(4 * 20 * stride).fill(7);
    counts.forEach((n, i) => (among[Math.floor(i / 6) * stride + offset + (i % 6)] = n));
    const create = await createSpikeDepthwise(gpu.host, {
      kernel: 5,
      input: { ...shape, stride, offset },
      store: true,
    });
    const membrane = gpu.buffer(4 * current.length);
    await gpu.run(
      create({
        input: gpu.buffer(packSpikes(among, { ...shape, channels: stride })),
        weights: gpu.buffer(padChannels(weights, 6)),
        bias: gpu.buffer(padChannels(bias, 6)),
        membrane,
      }),
    );
    expect(firstDifference(await gpu.readF32(membrane), current)).toBeUndefined();
  });

  test('refuses a buffer that is too short, by name', async ({ gpu }) => {
    const input = { height: 1, width: 8, channels: 4 };
    const create = await createSpikeDepthwise(gpu.host, { kernel: 3, input, store: true });
    const [spikes, weights, bias] = [gpu.buffer(16), gpu.buffer(128), gpu.buffer(16)];
    expect(() => create({ input: spikes, weights, bias, membrane: gpu.buffer(128) })).toThrow(
      'spike-depthwise: weights: needs 144 bytes, got 128',
    );
  });

  test.for([4, 11])('refuses a kernel of side %i', async (kernel, { gpu }) => {
    const input = { height: 4, width: 4, channels: 4 };
    await expect(createSpikeDepthwise(gpu.host, { kernel, input, levels: 4 })).rejects.toThrow(
      `spike-depthwise: a kernel of side ${kernel}; 1, 3, 5, 7 or 9 are possible`,
    );
  });
});
