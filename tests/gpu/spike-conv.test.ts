import { describe, expect } from 'vitest';
import { createSpikeConv } from '../../src/kernels/spike-conv.ts';
import { spikeBytes } from '../../src/kernels/kernel.ts';
import { integrate } from '../../src/reference/epilogue.ts';
import { packSpikes, unpackSpikes } from '../../src/reference/maps.ts';
import { spikeConv } from '../../src/reference/spike-conv.ts';
import { firstDifference, padChannels } from '../support/compare.ts';
import { test } from '../support/gpu.ts';
import { eighths, spikeCounts } from '../support/random.ts';

// Weights are multiples of 1/8 and counts are integers: every sum is exact, so bits must agree.
interface Case {
  readonly stride: 1 | 2;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outputs: number;
  readonly density?: number;
  readonly uniform?: boolean;
  /** Lanes share nothing. */
  readonly alone?: boolean;
}
const layer = (c: Case) => {
  const input = { height: c.height, width: c.width, channels: c.channels };
  const counts = spikeCounts(c.height * c.width * c.channels, 8, c.density ?? 0.3);
  const weights = eighths(9 * c.channels * c.outputs, 2);
  const bias = eighths(c.outputs, 3);
  return {
    input,
    counts,
    weights,
    bias,
    expected: spikeConv(counts, input, weights, bias, { kernel: 3, ...c }),
  };
};

describe('spike-conv', () => {
  test.for<Case>([
    { stride: 1, height: 1, width: 1, channels: 1, outputs: 1 },
    { stride: 1, height: 2, width: 20, channels: 3, outputs: 130 }, // wide, ragged
    { stride: 1, height: 5, width: 9, channels: 4, outputs: 8 },
    { stride: 1, height: 9, width: 17, channels: 6, outputs: 36 },
    { stride: 1, height: 1, width: 8, channels: 3, outputs: 5, density: 1 },
    { stride: 1, height: 4, width: 8, channels: 3, outputs: 5, density: 0 },
    { stride: 2, height: 6, width: 16, channels: 4, outputs: 8 },
    { stride: 2, height: 7, width: 15, channels: 3, outputs: 6 },
    { stride: 2, height: 5, width: 33, channels: 8, outputs: 64, density: 0.9 },
    { stride: 2, height: 5, width: 33, channels: 8, outputs: 64, density: 0.9, alone: true },
    { stride: 1, height: 3, width: 41, channels: 5, outputs: 32 },
    { stride: 1, height: 3, width: 41, channels: 5, outputs: 32, alone: true },
    { stride: 1, height: 8, width: 24, channels: 5, outputs: 12, uniform: true },
    // Words by fours, whose lanes share: as the networks' layers are.
    { stride: 1, height: 3, width: 41, channels: 8, outputs: 64 },
    { stride: 1, height: 3, width: 41, channels: 8, outputs: 64, density: 0.05 }, // silent halves
    { stride: 1, height: 3, width: 41, channels: 8, outputs: 64, density: 0.05, alone: true },
    { stride: 2, height: 7, width: 41, channels: 8, outputs: 64, density: 0.05 },
  ])('equals the reference, bit for bit: %o', async (c, { gpu }) => {
    const { input, counts, weights, bias, expected } = layer(c);
    const levels = 4;
    const create = await createSpikeConv(c.alone ? gpu.alone : gpu.host, {
      ...c,
      input,
      output: expected.shape,
      levels,
      store: true,
    });
    const membrane = gpu.buffer(4 * expected.current.length);
    const { height, width, channels } = expected.shape;
    const fired = gpu.buffer(spikeBytes(height, width, channels));
    const padded = padChannels(weights, c.outputs);
    await gpu.run(
      create({
        input: gpu.buffer(packSpikes(counts, input)),
        weights: c.uniform ? gpu.window(padded) : gpu.buffer(padded),
        bias: gpu.buffer(padChannels(bias, c.outputs)),
        membrane,
        fired,
      }),
    );
    const want = integrate(expected.current, expected.shape, { levels });
    expect(firstDifference(await gpu.readF32(membrane), want.membrane)).toBeUndefined();
    const words = await gpu.readU32(fired);
    expect(firstDifference(unpackSpikes(words, expected.shape), want.fired)).toBeUndefined();
    // Pixels beyond the map stay zero: packing what was unpacked gives the same words.
    expect(firstDifference(words, packSpikes(want.fired, expected.shape))).toBeUndefined();
  });

  // By floats and, where the outputs are a multiple of 4, by fours.
  test.for([6, 8])(
    'adds %i outputs to the membrane, in either layout',
    async (outputs, { gpu }) => {
      const c = { stride: 1, height: 6, width: 10, channels: 3, outputs } as const;
      const { input, counts, weights, bias, expected } = layer(c);
      const before = eighths(expected.current.length, 4);
      for (const channelMajor of [false, true]) {
        const create = await createSpikeConv(gpu.host, {
          ...c,
          input,
          output: expected.shape,
          accumulate: true,
          store: true,
          channelMajor,
        });
        const membrane = gpu.buffer(before);
        await gpu.run(
          create({
            input: gpu.buffer(packSpikes(counts, input)),
            weights: gpu.buffer(padChannels(weights, c.outputs)),
            bias: gpu.buffer(padChannels(bias, c.outputs)),
            membrane,
          }),
        );
        const want = integrate(expected.current, expected.shape, {
          membrane: before,
          channelMajor,
        });
        expect(firstDifference(await gpu.readF32(membrane), want.membrane)).toBeUndefined();
      }
    },
  );

  test.for([
    { stride: 9, offset: 3 },
    { stride: 16, offset: 4 }, // by fours
  ])('reads a slice of the channels of a wider tensor: %o', async ({ stride, offset }, { gpu }) => {
    const c = { stride: 1, height: 4, width: 12, channels: 4, outputs: 8 } as const;
    const { input, counts, weights, bias, expected } = layer(c);
    const wide = { ...input, channels: stride };
    const among = new Uint8Array(4 * 12 * stride).fill(7);
    counts.forEach((count, i) => (among[Math.floor(i / 4) * stride + offset + (i % 4)] = count));
    const create = await createSpikeConv(gpu.host, {
      ...c,
      input: { ...input, stride, offset },
      output: expected.shape,
      store: true,
    });
    const membrane = gpu.buffer(4 * expected.current.length);
    await gpu.run(
      create({
        input: gpu.buffer(packSpikes(among, wide)),
        weights: gpu.buffer(weights),
        bias: gpu.buffer(bias),
        membrane,
      }),
    );
    expect(firstDifference(await gpu.readF32(membrane), expected.current)).toBeUndefined();
  });

  test('breaks ties to even', async ({ gpu }) => {
    const potentials = [-0.5, 0.5, 1.5, 2.5, 3.5, 4.5, 8.5, 7.5];
    const shape = { height: 1, width: 1, channels: 8 };
    const create = await createSpikeConv(gpu.host, {
      stride: 1,
      input: { ...shape, channels: 1 },
      output: shape,
      levels: 8,
    });
    const fired = gpu.buffer(4 * 8);
    await gpu.run(
      create({
        input: gpu.buffer(4),
        weights: gpu.buffer(4 * 9 * 8),
        bias: gpu.buffer(new Float32Array(potentials)),
        fired,
      }),
    );
    expect([...(await gpu.readU32(fired))]).toEqual([0, 0, 2, 2, 4, 4, 8, 8]);
  });

  test('refuses a buffer that is too short, by name', async ({ gpu }) => {
    const shape = { height: 1, width: 1, channels: 8 };
    const create = await createSpikeConv(gpu.host, {
      stride: 1,
      input: shape,
      output: shape,
      levels: 8,
    });
    const [input, weights, bias] = [gpu.buffer(32), gpu.buffer(4 * 9 * 64), gpu.buffer(32)];
    expect(() => create({ input, weights, bias, fired: gpu.buffer(16) })).toThrow(
      'spike-conv: fired: needs 32 bytes, got 16',
    );
  });

  test('reports a constant that it cannot take, by kernel name', async ({ gpu }) => {
    await expect(
      gpu.host.pipeline({ name: 'empty', source: 'override SIDE: u32;', constants: { SIDE: -1 } }),
    ).rejects.toThrow(/kernel empty was refused/);
  });
});
