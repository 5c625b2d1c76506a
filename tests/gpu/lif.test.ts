import { describe, expect } from 'vitest';
import { spikeBytes } from '../../src/kernels/kernel.ts';
import { createLif } from '../../src/kernels/lif.ts';
import { lif } from '../../src/reference/lif.ts';
import { packSpikes } from '../../src/reference/maps.ts';
import { firstDifference } from '../support/compare.ts';
import { test, type TestGpu } from '../support/gpu.ts';
import { uniform } from '../support/random.ts';

const TIMESTEPS = 4;

/** The same neurons over several timesteps, on the device and on the CPU. */
async function compare(
  gpu: TestGpu,
  shape: { height: number; width: number; channels: number },
  neuron: { tau: number; threshold: number },
  currents: readonly Float32Array<ArrayBuffer>[],
) {
  const { height, width, channels } = shape;
  const length = height * width * channels;
  const create = await createLif(gpu.host, { shape, ...neuron, store: true });
  const current = gpu.buffer(4 * length);
  const [state, potential] = [gpu.buffer(4 * length), gpu.buffer(4 * length)];
  const fired = gpu.buffer(spikeBytes(height, width, channels));
  const dispatch = create({ current, state, potential, fired });
  let before = new Float32Array(length);
  let spikes = 0;
  for (const x of currents) {
    gpu.device.queue.writeBuffer(current, 0, x);
    await gpu.run(dispatch);
    const want = lif(x, before, neuron);
    expect(firstDifference(await gpu.readF32(potential), want.potential)).toBeUndefined();
    expect(firstDifference(await gpu.readF32(state), want.state)).toBeUndefined();
    const words = packSpikes(want.fired, shape);
    expect(firstDifference(await gpu.readU32(fired), words)).toBeUndefined();
    before = Float32Array.from(want.state);
    spikes += want.fired.reduce((sum, s) => sum + s, 0);
  }
  return spikes;
}

describe('lif', () => {
  // With tau a power of two the product is exact, so fusing it with the sum changes nothing.
  test.for([
    { height: 1, width: 1, channels: 1 },
    { height: 3, width: 7, channels: 5 },
    { height: 2, width: 8, channels: 32 }, // one full workgroup
    { height: 5, width: 9, channels: 13 },
  ])('equals the reference over the timesteps, bit for bit: %o', async (shape, { gpu }) => {
    const length = shape.height * shape.width * shape.channels;
    const currents = Array.from({ length: TIMESTEPS }, (_, t) => uniform(length, 0, 4, t + 1));
    for (const neuron of [
      { tau: 2, threshold: 1 },
      { tau: 4, threshold: 0.5 },
    ]) {
      expect(await compare(gpu, shape, neuron, currents)).toBeGreaterThan(0);
    }
  });

  test('fires at its threshold, remembers what stays below it, and resets to zero', async ({
    gpu,
  }) => {
    const shape = { height: 1, width: 4, channels: 1 };
    const create = await createLif(gpu.host, { shape, tau: 2, threshold: 1 });
    const below = 2 - 2 ** -22;
    const current = gpu.buffer(Float32Array.of(2, below, 1.25, -8));
    const state = gpu.buffer(16);
    const fired = gpu.buffer(4);
    const step = create({ current, state, fired });
    await gpu.run(step);
    expect([...(await gpu.readU32(fired))]).toEqual([0x0001]);
    expect([...(await gpu.readF32(state))]).toEqual([0, below / 2, 0.625, -4]);
    await gpu.run(step);
    expect([...(await gpu.readU32(fired))]).toEqual([0x0011]);
    expect([...(await gpu.readF32(state))]).toEqual([0, 0, 0.9375, -6]);
    await gpu.run(step);
    expect([...(await gpu.readU32(fired))]).toEqual([0x0101]);
  });

  test('refuses a buffer that is too short, by name', async ({ gpu }) => {
    const create = await createLif(gpu.host, {
      shape: { height: 1, width: 2, channels: 4 },
      tau: 2,
      threshold: 1,
    });
    const [current, fired] = [gpu.buffer(32), gpu.buffer(16)];
    expect(() => create({ current, state: gpu.buffer(16), fired })).toThrow(
      'lif: state: needs 32 bytes, got 16',
    );
  });
});
