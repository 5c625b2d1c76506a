import { describe, expect } from 'vitest';
import { createResample, resampleRowsBytes } from '../../src/kernels/resample.ts';
import { resampleTable } from '../../src/model/resample-table.ts';
import { openSafetensors } from '../../src/model/safetensors.ts';
import type { Size } from '../../src/model/shapes.ts';
import { normalise, resample, type Picture } from '../../src/reference/resample.ts';
import { firstDifference } from '../support/compare.ts';
import { fileSource } from '../support/files.ts';
import { test, type TestGpu } from '../support/gpu.ts';
import { noise } from '../support/pictures.ts';
import { shared } from '../support/shared.ts';

const mean = [123.675, 116.28, 103.53] as const;
const std = [58.395, 57.12, 57.375] as const;

/** RGBA bytes with an alpha that must not matter. */
function withAlpha({ data }: Picture): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8Array((data.length / 3) * 4).fill(77);
  data.forEach((value, i) => (pixels[Math.floor(i / 3) * 4 + (i % 3)] = value));
  return pixels;
}

async function onDevice(
  gpu: TestGpu,
  source: Picture,
  content: Size,
  { antialias = true, input = content, store = true } = {},
) {
  const { height, width } = source;
  const x = resampleTable(width, content.width, antialias);
  const y = resampleTable(height, content.height, antialias);
  const create = await createResample(gpu.host, {
    source,
    content,
    input,
    antialias,
    mean,
    std,
    taps: { x: x.taps, y: y.taps },
    store,
  });
  const texture = gpu.device.createTexture({
    format: 'rgba8unorm',
    size: [width, height],
    usage: GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.COPY_DST,
  });
  gpu.device.queue.writeTexture({ texture }, withAlpha(source), { bytesPerRow: 4 * width }, [
    width,
    height,
  ]);
  // What an earlier picture may have left: it must not show in the padding.
  const normal = gpu.buffer(new Float32Array(3 * input.height * input.width).fill(9));
  const picture = gpu.buffer(4 * content.height * content.width);
  await gpu.run(
    create({
      source: texture.createView(),
      x: { starts: gpu.buffer(x.starts), coefficients: gpu.buffer(x.coefficients) },
      y: { starts: gpu.buffer(y.starts), coefficients: gpu.buffer(y.coefficients) },
      rows: gpu.buffer(resampleRowsBytes(source, content)),
      input: normal,
      picture,
    }),
  );
  texture.destroy();
  return {
    tables: [x, y] as const,
    input: await gpu.readF32(normal),
    picture: await gpu.readU32(picture),
  };
}

const rgbaWords = ({ height, width, data }: Picture) =>
  Uint32Array.from({ length: height * width }, (_, i) => {
    const [r = NaN, g = NaN, b = NaN] = data.subarray(3 * i, 3 * i + 3);
    return (r | (g << 8) | (b << 16) | (255 << 24)) >>> 0;
  });

describe('resample', () => {
  // Integers up to the picture, a table from there: every bit is determined.
  test.for<{ from: [number, number]; to: [number, number] }>([
    { from: [1, 1], to: [1, 1] },
    { from: [1, 1], to: [3, 9] },
    { from: [31, 47], to: [1, 1] },
    { from: [8, 8], to: [8, 8] }, // one full workgroup, left alone
    { from: [37, 53], to: [15, 17] },
    { from: [37, 53], to: [61, 80] },
    { from: [64, 30], to: [7, 31] }, // shrinks and grows
    { from: [211, 300], to: [9, 16] }, // wide windows
  ])('equals the reference, bit for bit: %o', async ({ from, to }, { gpu }) => {
    const source = noise(...from);
    const content = { height: to[0], width: to[1] };
    for (const antialias of [true, false]) {
      const got = await onDevice(gpu, source, content, { antialias });
      const want = resample(source, ...got.tables, antialias);
      expect(firstDifference(got.picture, rgbaWords(want))).toBeUndefined();
      expect(firstDifference(got.input, normalise(want, content, mean, std))).toBeUndefined();
    }
  });

  test('pads with zeros, on the right and below, and stores on demand', async ({ gpu }) => {
    const source = noise(20, 30);
    const content = { height: 13, width: 17 };
    const input = { height: 16, width: 32 };
    for (const store of [true, false]) {
      const got = await onDevice(gpu, source, content, { input, store });
      const want = resample(source, ...got.tables, true);
      expect(firstDifference(got.input, normalise(want, input, mean, std))).toBeUndefined();
      const words = store ? rgbaWords(want) : new Uint32Array(got.picture.length);
      expect(firstDifference(got.picture, words)).toBeUndefined();
    }
  });

  test.for([0, 255])('leaves an even picture even: all %i', async (value, { gpu }) => {
    const source = { height: 40, width: 50, data: new Uint8Array(6000).fill(value) };
    for (const antialias of [true, false])
      for (const content of [
        { height: 7, width: 11 },
        { height: 90, width: 61 },
      ]) {
        const { picture } = await onDevice(gpu, source, content, { antialias });
        const word = value === 0 ? 0xff000000 : 0xffffffff;
        expect(new Set(picture)).toEqual(new Set([word]));
      }
  });

  test('normalises as the network was trained', async ({ gpu }) => {
    const golden = await openSafetensors(fileSource(shared('goldens/micro/golden.safetensors')));
    const [, , height = NaN, width = NaN] = golden.tensors.get('input')?.shape ?? [];
    const channelsLast = (values: Float32Array) =>
      values.map((_, i) => values[(i % 3) * height * width + Math.floor(i / 3)] ?? NaN);
    const data = Uint8Array.from(channelsLast(await golden.read('input_u8_rgb')));
    const { input } = await onDevice(gpu, { height, width, data }, { height, width });
    const want = channelsLast(await golden.read('input'));
    expect(firstDifference(input, want, 1e-6)).toBeUndefined();
  });

  test('refuses a buffer that is too short, by name', async ({ gpu }) => {
    const source = { height: 6, width: 8 };
    const content = { height: 3, width: 4 };
    const taps = { x: 3, y: 3 };
    const options = { source, content, input: content, antialias: true, mean, std, taps };
    const create = await createResample(gpu.host, options);
    const texture = gpu.device.createTexture({
      format: 'rgba8unorm',
      size: [8, 6],
      usage: GPUTextureUsage.TEXTURE_BINDING,
    });
    const buffers = {
      source: texture.createView(),
      x: { starts: gpu.buffer(16), coefficients: gpu.buffer(48) },
      y: { starts: gpu.buffer(12), coefficients: gpu.buffer(36) },
      rows: gpu.buffer(192),
      input: gpu.buffer(144),
    };
    expect(() => create({ ...buffers, rows: gpu.buffer(188) })).toThrow(
      'resample: rows: needs 192 bytes, got 188',
    );
    expect(() => create({ ...buffers, y: { ...buffers.y, coefficients: gpu.buffer(32) } })).toThrow(
      'resample: coefficients of y: needs 36 bytes, got 32',
    );
    create(buffers);
    texture.destroy();
  });
});
