import { describe, expect } from 'vitest';
import { createDeformable } from '../../src/kernels/deformable.ts';
import { spikeBytes } from '../../src/model/shapes.ts';
import { openSafetensors } from '../../src/model/safetensors.ts';
import { deformable } from '../../src/reference/deformable.ts';
import { integrate } from '../../src/reference/epilogue.ts';
import { packSpikes } from '../../src/reference/maps.ts';
import { firstDifference } from '../support/compare.ts';
import { fileSource } from '../support/files.ts';
import { test, type TestGpu } from '../support/gpu.ts';
import { eighths, spikeCounts, uniform } from '../support/random.ts';
import { shared } from '../support/shared.ts';

interface Case {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly groups: number;
  /** Of the points that are not masked away. */
  readonly density?: number;
}

// Offsets are multiples of 1/4, values of 1/8 and the mask scale is a power of two: every sum is
// exact, so bits must agree.
const sampling = (c: Case, reach = 6) => {
  const points = c.height * c.width * c.groups * 9;
  return {
    values: eighths(c.height * c.width * c.channels, 1),
    offsets: uniform(2 * points, -4 * reach, 4 * reach, 2).map((x) => Math.round(x) / 4),
    mask: spikeCounts(points, 4, c.density ?? 0.6, 3),
  };
};

async function run(gpu: TestGpu, c: Case, data: ReturnType<typeof sampling>, levels = 4) {
  const create = await createDeformable(gpu.host, {
    shape: c,
    groups: c.groups,
    levels,
    store: true,
  });
  const potential = gpu.buffer(4 * data.values.length);
  const fired = gpu.buffer(spikeBytes(c.height, c.width, c.channels));
  await gpu.run(
    create({
      values: gpu.buffer(data.values),
      offsets: gpu.buffer(data.offsets),
      mask: gpu.buffer(packSpikes(data.mask, { ...c, channels: 9 * c.groups })),
      potential,
      fired,
    }),
  );
  return { potential: await gpu.readF32(potential), fired: await gpu.readU32(fired) };
}

function expected(c: Case, { values, offsets, mask }: ReturnType<typeof sampling>) {
  const current = deformable(values, offsets, mask, c, { groups: c.groups, maskScale: 1 / 4 });
  const { membrane, fired } = integrate(current, c, { levels: 4 });
  return { potential: membrane, fired: packSpikes(fired, c) };
}

describe('deformable', () => {
  test.for<Case>([
    { height: 1, width: 1, channels: 1, groups: 1 },
    { height: 3, width: 7, channels: 6, groups: 2 }, // 3 channels a group
    { height: 8, width: 8, channels: 32, groups: 8 }, // full workgroups
    { height: 5, width: 9, channels: 26, groups: 2 }, // 13 a group: a ragged quad inside the map
    { height: 2, width: 17, channels: 8, groups: 1, density: 1 },
    { height: 4, width: 8, channels: 4, groups: 1, density: 0 },
  ])('equals the reference, bit for bit: %o', async (c, { gpu }) => {
    const data = sampling(c);
    const [got, want] = [await run(gpu, c, data), expected(c, data)];
    expect(firstDifference(got.potential, want.potential)).toBeUndefined();
    expect(firstDifference(got.fired, want.fired)).toBeUndefined();
  });

  test('samples x-major points, with the x of an offset before its y', async ({ gpu }) => {
    const c = { height: 3, width: 3, channels: 1, groups: 1 };
    const centre = 4 * 9; // its points
    const data = sampling(c);
    data.mask.fill(0);
    data.mask[centre + 3] = 4; // p = 3: the column of the pixel itself, one row up
    data.offsets.set([1, 0], 2 * (centre + 3)); // one column to the right
    const { potential } = await run(gpu, c, data);
    expect(potential[4]).toBe(data.values[2]);
  });

  test('finds nothing at offsets beyond the map, whatever their size', async ({ gpu }) => {
    const c = { height: 4, width: 9, channels: 4, groups: 1 };
    const data = sampling(c);
    const far = [Infinity, -Infinity, 3e38, -3e38, 2 ** 31, -(2 ** 31), 1e6];
    data.offsets.forEach((_, i) => {
      if (i % 3 !== 0) data.offsets[i] = far[i % far.length] ?? 0;
    });
    const [got, want] = [await run(gpu, c, data), expected(c, data)];
    expect(firstDifference(got.potential, want.potential)).toBeUndefined();
  });

  test('survives offsets that are not numbers, and keeps them from other pixels', async ({
    gpu,
  }) => {
    const c = { height: 4, width: 9, channels: 4, groups: 1 };
    const data = sampling(c);
    data.offsets.fill(NaN, 0, 2 * 9); // of the first pixel
    const [got, want] = [await run(gpu, c, data), expected(c, data)];
    expect(
      firstDifference(got.potential.subarray(c.channels), want.potential.subarray(c.channels)),
    ).toBeUndefined();
  });

  test('breaks ties to even', async ({ gpu }) => {
    const c = { height: 1, width: 1, channels: 8, groups: 1 };
    const data = sampling(c);
    data.values.set([-0.5, 0.5, 1.5, 2.5, 3.5, 4.5, 9, 0.25]);
    data.offsets.fill(0);
    data.mask.fill(0);
    data.mask[4] = 4; // the pixel itself
    expect([...(await run(gpu, c, data)).fired]).toEqual([0, 0, 2, 2, 4, 4, 4, 0]);
  });

  test.for(['micro', 'micro_odd', 'tiny'])(
    'equals the original on golden %s',
    async (name, { gpu }) => {
      const golden = await openSafetensors(
        fileSource(shared('goldens', name, 'golden.safetensors')),
      );
      const dcn = 'decode_head.pixel_decoder.encoder.layers.0.dcn';
      const [, , height = 0, width = 0, channels = 0] =
        golden.tensors.get(`out/${dcn}.input_proj`)?.shape ?? [];
      const c = { height, width, channels, groups: channels / 8 };
      const { potential } = await run(
        gpu,
        c,
        {
          values: await golden.read(`out/${dcn}.input_proj`),
          offsets: await golden.read(`out/${dcn}.offset`),
          mask: Uint8Array.from(await golden.read(`neuron_int/${dcn}.mask_spike`)),
        },
        8,
      );
      const want = await golden.read(`in/${dcn}.output_proj`);
      // What two orders of summation in f32 may differ by, see the goldens' README.
      const bound = 2e-5 + 2e-6 * Math.max(...want.map(Math.abs));
      expect(firstDifference(potential, want, bound)).toBeUndefined();
    },
  );

  test('refuses a buffer that is too short, by name', async ({ gpu }) => {
    const shape = { height: 2, width: 9, channels: 4 };
    const create = await createDeformable(gpu.host, { shape, groups: 2, levels: 4 });
    const [values, offsets] = [gpu.buffer(4 * 72), gpu.buffer(8 * 9 * 36)];
    expect(() =>
      create({ values, offsets, mask: gpu.buffer(4 * 71), fired: gpu.buffer(64) }),
    ).toThrow('deformable: mask: needs 288 bytes, got 284');
  });
});
