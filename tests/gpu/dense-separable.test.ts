import { describe, expect } from 'vitest';
import { createDenseConv } from '../../src/kernels/dense-conv.ts';
import { createDenseDepthwise } from '../../src/kernels/dense-depthwise.ts';
import {
  createDenseSeparable,
  type DenseSeparableOptions,
} from '../../src/kernels/dense-separable.ts';
import { spikeBytes, type KernelHost } from '../../src/kernels/kernel.ts';
import { WINDOW_BYTES } from '../../src/model/shapes.ts';
import { denseSeparable } from '../../src/reference/dense-separable.ts';
import { fitsDenseSeparable } from '../../src/model/join.ts';
import { integrate } from '../../src/reference/epilogue.ts';
import { packSpikes } from '../../src/reference/maps.ts';
import { firstDifference } from '../support/compare.ts';
import { test, type TestGpu } from '../support/gpu.ts';
import { eighths, uniform } from '../support/random.ts';

/** Channels and outputs are those of a group. */
interface Case {
  readonly height: number;
  readonly width: number;
  readonly groups: number;
  readonly channels: number;
  readonly outputs: number;
}

type Data = Float32Array<ArrayBuffer>;

const layer = (c: Case, values: (length: number, seed: number) => Data) => {
  const { height, width, groups } = c;
  const input = { height, width, channels: groups * c.channels };
  const output = { height, width, channels: groups * c.outputs };
  return {
    shapes: { input, output, groups },
    map: values(height * width * input.channels, 1),
    depthwise: values(9 * input.channels, 2),
    weights: values(c.channels * output.channels, 3),
    bias: values(output.channels, 4),
    before: values(height * width * output.channels, 5),
  };
};
type Layer = ReturnType<typeof layer>;

const constants = (gpu: TestGpu, of: Layer, inWindow = false) => ({
  depthwise: gpu.buffer(of.depthwise),
  weights: inWindow ? gpu.window(of.weights) : gpu.buffer(of.weights),
  bias: gpu.buffer(of.bias),
});

/** Buffers that hold `before`, and no spikes; and what they hold after a run. */
const results = (gpu: TestGpu, { shapes: { output }, before }: Layer) => {
  const membrane = gpu.buffer(before);
  const fired = gpu.buffer(spikeBytes(output.height, output.width, output.channels));
  const read = async () => [await gpu.readF32(membrane), await gpu.readU32(fired)] as const;
  return { membrane, fired, read };
};

const separable = async (
  gpu: TestGpu,
  host: KernelHost,
  of: Layer,
  epilogue: Partial<DenseSeparableOptions>,
) => {
  const create = await createDenseSeparable(host, { ...of.shapes, ...epilogue });
  const own = results(gpu, of);
  // What lies behind the map in its buffer must not be read as a row below it.
  const input = new Float32Array(2 * of.map.length).fill(1);
  input.set(of.map);
  await gpu.run(
    create({ ...constants(gpu, of, epilogue.uniform), ...own, input: gpu.buffer(input) }),
  );
  return own.read();
};

/** The same by the two kernels that take a step each. */
const inTwoSteps = async (gpu: TestGpu, of: Layer, epilogue: Partial<DenseSeparableOptions>) => {
  const { depthwise, ...pointwise } = constants(gpu, of, epilogue.uniform);
  const spread = gpu.buffer(of.map.byteLength);
  const first = await createDenseDepthwise(gpu.host, of.shapes.input);
  const options = { kernel: 1, stride: 1, ...of.shapes, ...epilogue } as const;
  const second = await createDenseConv(gpu.host, options);
  const own = results(gpu, of);
  await gpu.run(
    first({ input: gpu.buffer(of.map), weights: depthwise, output: spread }),
    second({ ...pointwise, ...own, input: spread }),
  );
  return own.read();
};

// Either side of a tile, a row, and of what the lanes of a workgroup own.
const CASES: readonly Case[] = [
  { height: 1, width: 1, groups: 1, channels: 4, outputs: 4 },
  { height: 2, width: 7, groups: 3, channels: 8, outputs: 12 },
  { height: 3, width: 8, groups: 1, channels: 64, outputs: 64 },
  { height: 5, width: 9, groups: 3, channels: 12, outputs: 4 },
  { height: 16, width: 16, groups: 3, channels: 20, outputs: 32 },
  { height: 1, width: 17, groups: 3, channels: 96, outputs: 96 },
  { height: 4, width: 15, groups: 1, channels: 36, outputs: 132 }, // many lanes, not by fours
  { height: 3, width: 9, groups: 1, channels: 360, outputs: 40 },
];

describe('dense-separable', () => {
  // Multiples of 1/8: products are multiples of 1/512 and every sum is exact, so bits must agree.
  test.for(CASES)('equals the reference, bit for bit: %o', async (c, { gpu }) => {
    const of = layer(c, eighths);
    const { shapes, map, before } = of;
    const options = { groups: c.groups, outputs: shapes.output.channels };
    const current = denseSeparable(map, shapes.input, of.depthwise, of.weights, of.bias, options);
    const added = integrate(current, shapes.output, { levels: 4, membrane: before });
    const alone = integrate(current, shapes.output, { levels: 4 });
    const silent = new Uint32Array(packSpikes(alone.fired, shapes.output).length);
    const fits = of.weights.byteLength <= WINDOW_BYTES;
    for (const [store, accumulate, fires, inWindow] of [
      [true, true, true, true],
      [true, false, true, true],
      [true, true, false, true],
      [false, true, true, false],
      [false, false, true, false],
    ] as const) {
      const levels = fires ? 4 : undefined;
      const epilogue = { uniform: fits && inWindow, levels, store, accumulate };
      const [membrane, fired] = await separable(gpu, gpu.host, of, epilogue);
      const want = accumulate ? added : alone;
      expect(firstDifference(membrane, store ? want.membrane : before)).toBeUndefined();
      const words = fires ? packSpikes(want.fired, shapes.output) : silent;
      expect(firstDifference(fired, words)).toBeUndefined();
    }
  });

  // Sums are not exact here: only the same order gives the same bits.
  test.for(CASES)(
    'equals the two kernels that it stands for, bit for bit: %o',
    async (c, { gpu }) => {
      const of = layer(c, (length, seed) => uniform(length, -1, 1, seed));
      const inWindow = of.weights.byteLength <= WINDOW_BYTES;
      const epilogue = { uniform: inWindow, store: true, accumulate: true, levels: 4 };
      const want = await inTwoSteps(gpu, of, epilogue);
      expect(want[0].some((value, i) => value !== of.before[i])).toBe(true);
      for (const host of [gpu.host, gpu.alone])
        expect(await separable(gpu, host, of, epilogue)).toEqual(want);
    },
  );

  test('rounds ties to even, and never fires more than it may', async ({ gpu }) => {
    const potentials = [-0.5, 0.5, 1.5, 2.5, 3.5, 4.5, 9, 0.49];
    const of = {
      ...layer({ height: 1, width: 8, groups: 1, channels: 4, outputs: 4 }, eighths),
      map: Float32Array.from({ length: 32 }, (_, i) => potentials[i >> 2] ?? NaN),
      depthwise: Float32Array.from({ length: 36 }, (_, i) => (i >> 2 === 4 ? 1 : 0)),
      weights: Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1),
      bias: new Float32Array(4),
    };
    const [, all] = await separable(gpu, gpu.host, of, { levels: 4 });
    expect([...all]).toEqual(Array(4).fill(0x04442200));
    gpu.host.limitSpikes(1);
    const [, some] = await separable(gpu, gpu.host, of, { levels: 4 });
    expect([...some]).toEqual(Array(4).fill(0x01111100));
  });

  test('refuses what does not come by fours, and too many channels', async ({ gpu }) => {
    const size = { height: 2, width: 3 };
    const shape = (groups: number, channels: number, outputs: number) => ({
      input: { ...size, channels },
      output: { ...size, channels: outputs },
      groups,
    });
    expect(fitsDenseSeparable(shape(3, 12, 24))).toBe(true);
    expect(fitsDenseSeparable(shape(1, 512, 1024))).toBe(true);
    const wider = { ...shape(1, 4, 4), output: { height: 2, width: 4, channels: 4 } };
    const refused = [
      shape(3, 8, 12),
      shape(3, 12, 16),
      shape(1, 6, 8),
      shape(1, 516, 4),
      shape(1, 4, 1028),
      wider,
    ];
    for (const shapes of refused) {
      expect(fitsDenseSeparable(shapes)).toBe(false);
      await expect(createDenseSeparable(gpu.host, shapes)).rejects.toMatchObject({
        code: 'shape-mismatch',
      });
    }
    await expect(createDenseSeparable(gpu.host, shape(3, 8, 12))).rejects.toThrow(
      'dense-separable: no map of 2 × 3 × 8 to one of 2 × 3 × 12 in 3 groups',
    );
  });

  test('refuses a buffer that is too short, by name', async ({ gpu }) => {
    const size = { height: 2, width: 9 };
    const [input, output] = [
      { ...size, channels: 12 },
      { ...size, channels: 24 },
    ];
    const shapes = { input, output, groups: 3 };
    const epilogue = { store: true, levels: 4 };
    const create = await createDenseSeparable(gpu.host, { ...shapes, ...epilogue });
    const needs = {
      input: 864,
      depthwise: 432,
      weights: 384,
      bias: 96,
      membrane: 1728,
      fired: 384,
    };
    const whole = Object.fromEntries(
      Object.entries(needs).map(([key, bytes]) => [key, gpu.buffer(bytes)]),
    ) as Record<keyof typeof needs, GPUBuffer>;
    for (const [key, bytes] of Object.entries(needs)) {
      expect(() => create({ ...whole, [key]: gpu.buffer(bytes - 4) })).toThrow(
        `dense-separable: ${key}: needs ${bytes} bytes, got ${bytes - 4}`,
      );
    }
    const uniform = await createDenseSeparable(gpu.host, { ...shapes, ...epilogue, uniform: true });
    expect(() => uniform(whole)).toThrow('dense-separable: weights: needs 65536 bytes, got 384');
  });
});
