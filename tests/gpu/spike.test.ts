import { describe, expect } from 'vitest';
import { spikeBytes } from '../../src/kernels/kernel.ts';
import { createSpike } from '../../src/kernels/spike.ts';
import { packSpikes, type Shape } from '../../src/reference/maps.ts';
import { spike, type Spike } from '../../src/reference/spike.ts';
import { firstDifference } from '../support/compare.ts';
import { test, type TestGpu } from '../support/gpu.ts';
import { uniform } from '../support/random.ts';

async function onDevice(
  gpu: TestGpu,
  input: Float32Array<ArrayBuffer>,
  shape: Shape,
  { offset, ...neuron }: Spike & { readonly offset?: Float32Array<ArrayBuffer> },
) {
  const create = await createSpike(gpu.host, {
    ...neuron,
    shape,
    offsetRows: offset && offset.length / shape.channels,
    store: true,
  });
  const membrane = gpu.buffer(input);
  const times = neuron.twice ? 2 : 1;
  const potential = gpu.buffer(times * input.byteLength);
  const fired = gpu.buffer(spikeBytes(shape.height, shape.width, times * shape.channels));
  await gpu.run(create({ membrane, offset: offset && gpu.buffer(offset), potential, fired }));
  expect(firstDifference(await gpu.readF32(membrane), input)).toBeUndefined();
  return { potential: await gpu.readF32(potential), fired: await gpu.readU32(fired) };
}

describe('spike', () => {
  // One addition and one rounding: every bit is determined.
  test.for([
    { height: 1, width: 1, channels: 1 },
    { height: 3, width: 7, channels: 5 },
    { height: 2, width: 8, channels: 32 }, // one full workgroup
    { height: 5, width: 9, channels: 13 },
  ])('equals the reference, bit for bit: %o', async (shape, { gpu }) => {
    const pixels = shape.height * shape.width;
    const membrane = uniform(pixels * shape.channels, -2, 10);
    for (const channelMajor of [false, true])
      for (const rows of [0, 1, 3, pixels]) {
        const offset = uniform(rows * shape.channels, -1, 1, 2);
        const neuron = { levels: 8, channelMajor, ...(rows > 0 && { offset }) };
        const want = spike(membrane, shape, neuron);
        const got = await onDevice(gpu, membrane, shape, neuron);
        expect(firstDifference(got.potential, want.potential)).toBeUndefined();
        expect(firstDifference(got.fired, packSpikes(want.fired, shape))).toBeUndefined();
      }
  });

  test.for([
    { height: 1, width: 1, channels: 1 },
    { height: 5, width: 9, channels: 13 },
  ])('fires twice, with its offset and without: %o', async (shape, { gpu }) => {
    const pixels = shape.height * shape.width;
    const membrane = uniform(pixels * shape.channels, -2, 10);
    const output = { ...shape, channels: 2 * shape.channels };
    for (const rows of [0, 1, pixels]) {
      const offset = uniform(rows * shape.channels, -1, 1, 2);
      const neuron = { levels: 8, twice: true, ...(rows > 0 && { offset }) };
      const want = spike(membrane, shape, neuron);
      const got = await onDevice(gpu, membrane, shape, neuron);
      expect(firstDifference(got.potential, want.potential)).toBeUndefined();
      expect(firstDifference(got.fired, packSpikes(want.fired, output))).toBeUndefined();
    }
  });

  test('refuses to fire twice from a channel-major map', async ({ gpu }) => {
    const shape = { height: 1, width: 8, channels: 2 };
    const options = { shape, levels: 4, channelMajor: true, twice: true };
    await expect(createSpike(gpu.host, options)).rejects.toMatchObject({ code: 'shape-mismatch' });
  });

  test('breaks ties to even, and fires at most `levels` spikes', async ({ gpu }) => {
    const membrane = new Float32Array([-0.5, 0.5, 1.5, 2.5, 3.5, 4.5, 1e9, -1e9]);
    const shape = { height: 1, width: 1, channels: membrane.length };
    const { fired } = await onDevice(gpu, membrane, shape, { levels: 4 });
    expect([...fired]).toEqual([0, 0, 2, 2, 4, 4, 4, 0]);
  });

  test('gated: fires on a sigmoid above 0.5, to the last bit of f32', async ({ gpu }) => {
    const half = 1.5 * 2 ** -24; // the last f32 with a sigmoid of 0.5, rounded step by step
    const ulp = 2 ** -47;
    const edge = [half - ulp, half, half + ulp, 2 ** -25, 2 ** -24, 2 ** -23, 0, -half, -1, 20];
    const membrane = Float32Array.from([...edge, ...uniform(20, -8, 8)]);
    const shape = { height: 1, width: 10, channels: 3 };
    const neuron = { levels: 4, gate: true };
    const want = spike(membrane, shape, neuron);
    const got = await onDevice(gpu, membrane, shape, neuron);
    expect(want.fired.slice(0, edge.length)).toEqual(Uint8Array.of(0, 0, 1, 0, 0, 1, 0, 0, 0, 1));
    expect(firstDifference(got.fired, packSpikes(want.fired, shape))).toBeUndefined();
    // WGSL's exp is right to 3 + 2|x| ULP, which the sigmoid damps to 1 ULP; its division to 2.5 ULP.
    expect(firstDifference(got.potential, want.potential, 4 * 2 ** -23)).toBeUndefined();
  });

  test('refuses a buffer that is too short, by name', async ({ gpu }) => {
    const shape = { height: 2, width: 3, channels: 4 };
    const create = await createSpike(gpu.host, { shape, levels: 4, offsetRows: 6 });
    const [membrane, fired] = [gpu.buffer(96), gpu.buffer(32)];
    expect(() => create({ membrane, offset: gpu.buffer(80), fired })).toThrow(
      'spike: offset: needs 96 bytes, got 80',
    );
  });
});
