import { describe, expect } from 'vitest';
import { createDenseConv } from '../../src/kernels/dense-conv.ts';
import type { Dispatch } from '../../src/kernels/kernel.ts';
import { spikeBytes } from '../../src/kernels/kernel.ts';
import { createPlainConv, type PlainConvBuffers } from '../../src/kernels/plain-conv.ts';
import { createSpikeConv } from '../../src/kernels/spike-conv.ts';
import { createSpikeDepthwise } from '../../src/kernels/spike-depthwise.ts';
import { createSpikePointwise } from '../../src/kernels/spike-pointwise.ts';
import { integrate } from '../../src/reference/epilogue.ts';
import { packSpikes } from '../../src/reference/maps.ts';
import { plainConv } from '../../src/reference/plain-conv.ts';
import { firstDifference, padChannels } from '../support/compare.ts';
import { test, type TestGpu } from '../support/gpu.ts';
import { eighths, spikeCounts, uniform } from '../support/random.ts';

interface Case {
  readonly spikes: boolean;
  readonly kernel: number;
  readonly stride: 1 | 2;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outputs: number;
  /** Of an analog map; of spikes all channels, if any. */
  readonly groups?: number;
}

/** Values, and what the CPU makes of them; `numbers` gives weights, biases and analog values. */
function layer(c: Case, numbers: (length: number, seed: number) => Float32Array<ArrayBuffer>) {
  const { height, width, channels, kernel, outputs, groups = 1 } = c;
  const size = height * width * channels;
  const input = { height, width, channels };
  const values = c.spikes ? spikeCounts(size, 8, 0.3) : numbers(size, 1);
  const weights = numbers((kernel * kernel * channels * outputs) / groups, 2);
  const bias = numbers(outputs, 3);
  return {
    input,
    memory: values instanceof Uint8Array ? packSpikes(values, input) : values,
    weights: padChannels(weights, outputs),
    bias: padChannels(bias, outputs),
    ...plainConv(values, input, weights, bias, { kernel, stride: c.stride, outputs, groups }),
  };
}

function options(c: Case, input: { height: number; width: number; channels: number }) {
  const depthwise = c.spikes && (c.groups ?? 1) > 1;
  return { ...c, input, depthwise, groups: depthwise ? 1 : c.groups };
}

const SPIKES = { spikes: true, stride: 1 } as const;
const ANALOG = { spikes: false, stride: 1 } as const;

describe('plain-conv', () => {
  // Weights are multiples of 1/8 and counts are integers: every sum is exact, so bits must agree.
  test.for<Case>([
    { ...SPIKES, kernel: 1, height: 1, width: 1, channels: 1, outputs: 1 },
    { ...SPIKES, kernel: 1, height: 3, width: 17, channels: 5, outputs: 30 },
    { ...SPIKES, kernel: 3, height: 5, width: 9, channels: 4, outputs: 8 },
    { ...SPIKES, kernel: 3, height: 2, width: 20, channels: 3, outputs: 130 },
    { ...SPIKES, kernel: 3, height: 7, width: 33, channels: 3, outputs: 6, stride: 2 },
    { ...SPIKES, kernel: 3, height: 6, width: 16, channels: 4, outputs: 8, stride: 2 },
    { ...SPIKES, kernel: 5, height: 9, width: 17, channels: 6, outputs: 6, groups: 6 },
    { ...SPIKES, kernel: 7, height: 4, width: 3, channels: 8, outputs: 8, groups: 8 },
    { ...SPIKES, kernel: 9, height: 11, width: 18, channels: 4, outputs: 4, groups: 4 },
    { ...SPIKES, kernel: 21, height: 5, width: 19, channels: 4, outputs: 4, groups: 4 },
    { ...ANALOG, kernel: 1, height: 3, width: 13, channels: 12, outputs: 20 },
    { ...ANALOG, kernel: 1, height: 2, width: 17, channels: 24, outputs: 96, groups: 3 },
    { ...ANALOG, kernel: 3, height: 5, width: 9, channels: 4, outputs: 8 },
    { ...ANALOG, kernel: 7, height: 15, width: 33, channels: 3, outputs: 6, stride: 2 },
  ])('equals the reference, bit for bit: %o', async (c, { gpu }) => {
    const { input, memory, weights, bias, current, shape } = layer(c, eighths);
    for (const channelMajor of [false, true]) {
      const levels = 4;
      const before = eighths(current.length, 4);
      const epilogue = { levels, accumulate: true, store: true, channelMajor };
      const create = await createPlainConv(gpu.host, {
        ...options(c, input),
        output: shape,
        ...epilogue,
      });
      const membrane = gpu.buffer(before);
      const fired = gpu.buffer(spikeBytes(shape.height, shape.width, shape.channels));
      await gpu.run(
        create({
          input: gpu.buffer(memory),
          weights: gpu.buffer(weights),
          bias: gpu.buffer(bias),
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
    const c = { ...SPIKES, kernel: 3, height: 4, width: 12, channels: 4, outputs: 8 } as const;
    const { input, memory, weights, bias, current, shape } = layer(c, eighths);
    const wide = new Uint32Array((memory.length / 4) * 9).fill(0x77777777);
    memory.forEach((word, i) => (wide[Math.floor(i / 4) * 9 + 3 + (i % 4)] = word));
    const create = await createPlainConv(gpu.host, {
      ...c,
      input: { ...input, stride: 9, offset: 3 },
      output: shape,
      store: true,
    });
    const membrane = gpu.buffer(4 * current.length);
    await gpu.run(
      create({
        input: gpu.buffer(wide),
        weights: gpu.buffer(weights),
        bias: gpu.buffer(bias),
        membrane,
      }),
    );
    expect(firstDifference(await gpu.readF32(membrane), current)).toBeUndefined();
  });

  test('refuses groups that do not come by fours', async ({ gpu }) => {
    const shape = { height: 1, width: 1, channels: 12 };
    const c = { ...ANALOG, kernel: 1, input: shape, output: shape, groups: 2 } as const;
    await expect(createPlainConv(gpu.host, c)).rejects.toThrow(/12 outputs in 2 groups/);
  });

  test('refuses a buffer that is too short, by name', async ({ gpu }) => {
    const shape = { height: 1, width: 1, channels: 8 };
    const create = await createPlainConv(gpu.host, {
      ...SPIKES,
      kernel: 3,
      input: shape,
      output: shape,
      levels: 8,
    });
    const [input, weights, bias] = [gpu.buffer(32), gpu.buffer(4 * 9 * 64), gpu.buffer(32)];
    expect(() => create({ input, weights, bias, fired: gpu.buffer(16) })).toThrow(
      'plain-conv: fired: needs 32 bytes, got 16',
    );
  });
});

/** Of a kernel that may be given either: what its membrane becomes. */
async function membraneOf(
  gpu: TestGpu,
  create: (buffers: PlainConvBuffers) => Dispatch,
  { memory, weights, bias, current }: ReturnType<typeof layer>,
  coarse?: Float32Array<ArrayBuffer>,
): Promise<Float32Array> {
  const membrane = gpu.buffer(4 * current.length);
  await gpu.run(
    create({
      input: gpu.buffer(memory),
      weights: gpu.buffer(weights),
      bias: gpu.buffer(bias),
      membrane,
      ...(coarse && { coarse: gpu.buffer(coarse) }),
    }),
  );
  return gpu.readF32(membrane);
}

// Sums of such numbers depend on their order.
const numbers = (length: number, seed: number) => uniform(length, -1, 1, seed);

describe('plain-conv gives the very bits of', () => {
  test.for<Case>([
    { ...SPIKES, kernel: 3, height: 9, width: 33, channels: 32, outputs: 64 },
    { ...SPIKES, kernel: 3, height: 9, width: 33, channels: 32, outputs: 64, stride: 2 },
  ])('spike-conv: %o', async (c, { gpu }) => {
    const { stride } = c;
    const own = layer(c, numbers);
    const shapes = { input: own.input, output: own.shape, store: true };
    const fast = await createSpikeConv(gpu.host, { stride, ...shapes });
    const plain = await createPlainConv(gpu.host, { ...c, ...shapes });
    const expected = await membraneOf(gpu, fast, own);
    expect(firstDifference(await membraneOf(gpu, plain, own), expected)).toBeUndefined();
  });

  test.for([undefined, { height: 5, width: 9 }])(
    'spike-pointwise, with a coarser map of %o',
    async (coarse, { gpu }) => {
      const c = { ...SPIKES, kernel: 1, height: 9, width: 17, channels: 96, outputs: 32 };
      const own = layer(c, numbers);
      const shapes = { input: own.input, output: own.shape, store: true, coarse };
      const map = coarse && numbers(coarse.height * coarse.width * c.outputs, 5);
      const fast = await createSpikePointwise(gpu.host, shapes);
      const plain = await createPlainConv(gpu.host, { ...c, ...shapes });
      const expected = await membraneOf(gpu, fast, own, map);
      expect(firstDifference(await membraneOf(gpu, plain, own, map), expected)).toBeUndefined();
    },
  );

  test('spike-depthwise', async ({ gpu }) => {
    const c = { ...SPIKES, kernel: 7, height: 9, width: 33, channels: 20, outputs: 20, groups: 20 };
    const own = layer(c, numbers);
    const shapes = { input: own.input, output: own.shape, store: true };
    const fast = await createSpikeDepthwise(gpu.host, { kernel: c.kernel, ...shapes });
    const plain = await createPlainConv(gpu.host, { ...options(c, own.input), ...shapes });
    const expected = await membraneOf(gpu, fast, own);
    expect(firstDifference(await membraneOf(gpu, plain, own), expected)).toBeUndefined();
  });

  test.for<Case>([
    { ...ANALOG, kernel: 7, height: 16, width: 33, channels: 3, outputs: 20, stride: 2 },
    { ...ANALOG, kernel: 1, height: 5, width: 17, channels: 96, outputs: 96, groups: 3 },
    { ...ANALOG, kernel: 1, height: 5, width: 17, channels: 32, outputs: 64 },
  ])('dense-conv: %o', async (c, { gpu }) => {
    const own = layer(c, numbers);
    const shapes = { input: own.input, output: own.shape, store: true };
    const fast = await createDenseConv(gpu.host, { ...c, ...shapes });
    const plain = await createPlainConv(gpu.host, { ...c, ...shapes });
    const expected = await membraneOf(gpu, fast, own);
    expect(firstDifference(await membraneOf(gpu, plain, own), expected)).toBeUndefined();
  });
});
