import { describe, expect } from 'vitest';
import { createIntegrate } from '../../src/kernels/integrate.ts';
import { spikeBytes } from '../../src/kernels/kernel.ts';
import { integrateCurrent } from '../../src/reference/integrate.ts';
import { packSpikes } from '../../src/reference/maps.ts';
import { firstDifference } from '../support/compare.ts';
import { test } from '../support/gpu.ts';
import { eighths } from '../support/random.ts';

describe('integrate', () => {
  // Multiples of 1/8: products and sums are exact, fused or not, so bits must agree.
  test.for([
    { height: 1, width: 1, channels: 1 },
    { height: 3, width: 7, channels: 5 },
    { height: 2, width: 8, channels: 32 }, // one full workgroup
    { height: 5, width: 9, channels: 13 },
    { height: 64 * 64, width: 1, channels: 1025 }, // a grid folded into y
  ])('equals the reference, bit for bit: %o', async (shape, { gpu }) => {
    const { height, width, channels } = shape;
    const length = height * width * channels;
    const [before, input, gain] = [eighths(length), eighths(length, 2), eighths(channels, 3)];
    const levels = 2;
    const create = await createIntegrate(gpu.host, { shape, levels });
    const [current, membrane] = [gpu.buffer(input), gpu.buffer(before)];
    const fired = gpu.buffer(spikeBytes(height, width, channels));
    await gpu.run(create({ current, gain: gpu.buffer(gain), membrane, fired }));
    const want = integrateCurrent(input, before, shape, { levels, gain });
    expect(firstDifference(await gpu.readF32(membrane), want.membrane)).toBeUndefined();
    const words = packSpikes(want.fired, shape);
    expect(firstDifference(await gpu.readU32(fired), words)).toBeUndefined();
  });

  test('without a neuron only the membrane changes', async ({ gpu }) => {
    const shape = { height: 1, width: 2, channels: 2 };
    const create = await createIntegrate(gpu.host, { shape });
    const current = gpu.buffer(Float32Array.of(1, 2, 3, 4));
    const membrane = gpu.buffer(Float32Array.of(0.5, 0.5, 0.5, 0.5));
    const fired = gpu.buffer(Uint32Array.of(7, 7));
    const gain = gpu.buffer(Float32Array.of(1, 2));
    await gpu.run(create({ current, gain, membrane, fired }));
    expect([...(await gpu.readF32(membrane))]).toEqual([1.5, 4.5, 3.5, 8.5]);
    expect([...(await gpu.readU32(fired))]).toEqual([7, 7]);
  });

  test('refuses a buffer that is too short, by name', async ({ gpu }) => {
    const shape = { height: 1, width: 2, channels: 8 };
    const create = await createIntegrate(gpu.host, { shape });
    const [current, membrane] = [gpu.buffer(64), gpu.buffer(64)];
    expect(() => create({ current, gain: gpu.buffer(16), membrane })).toThrow(
      'integrate: gain: needs 32 bytes, got 16',
    );
  });
});
