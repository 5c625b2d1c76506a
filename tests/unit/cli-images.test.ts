import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { expect, test } from 'vitest';
import { ImageFiles } from '../../src/node/images.ts';
import { scratchFolder } from '../support/cli.ts';

const RED = { r: 200, g: 40, b: 40 };

/** A picture of one colour, 4 × 2. */
const red = () => sharp({ create: { width: 4, height: 2, channels: 3, background: RED } });

async function read(image: Sharp) {
  const path = join(await scratchFolder(), 'picture');
  await writeFile(path, await image.toBuffer());
  const { width, height, data } = await (await ImageFiles.open()).read(path);
  expect(data).toHaveLength(4 * width * height);
  return { width, height, pixel: [...data.subarray(0, 4)] };
}

test('pictures of every kind become RGBA of 8 bits', async () => {
  const size = { width: 4, height: 2 };
  const opaque = { ...size, pixel: [200, 40, 40, 255] };
  expect(await read(red().png())).toEqual(opaque);
  expect(await read(red().png({ palette: true }))).toEqual(opaque);
  expect(await read(red().ensureAlpha(0.2).webp({ lossless: true }))).toEqual({
    ...size,
    pixel: [200, 40, 40, 51],
  });
  expect(await read(red().toColourspace('rgb16').png())).toEqual(opaque);
  const grey = await read(red().greyscale().png());
  expect(grey.pixel.slice(0, 3)).toEqual(Array(3).fill(grey.pixel[0]));
});

test('colours are converted from the profile of the picture', async () => {
  const wide = red().withIccProfile('p3').png();
  const stored = await sharp(await wide.toBuffer(), { ignoreIcc: true })
    .raw()
    .toBuffer();
  expect(Math.abs((stored[0] ?? 0) - RED.r)).toBeGreaterThan(5);
  const { pixel } = await read(wide);
  for (const [i, value] of [RED.r, RED.g, RED.b].entries()) {
    expect(Math.abs((pixel[i] ?? NaN) - value)).toBeLessThanOrEqual(2);
  }
});

test('pictures are turned as their EXIF data say', async () => {
  expect(await read(red().withMetadata({ orientation: 8 }).jpeg())).toMatchObject({
    width: 2,
    height: 4,
  });
});

test('a file that is no picture is refused by name', async () => {
  const images = await ImageFiles.open();
  const path = join(await scratchFolder(), 'photo.jpg');
  await writeFile(path, 'no picture');
  await expect(images.read(path)).rejects.toThrow(`${path} cannot be decoded: `);
});

test('an overlay is half photo, half colour of the class', async () => {
  const images = await ImageFiles.open();
  const path = join(await scratchFolder(), 'over', 'overlay.png');
  const data = Uint8ClampedArray.of(200, 100, 0, 255, 0, 0, 0, 255);
  const photo = { width: 2, height: 1, data };
  const map = { width: 2, height: 1, labels: Uint8Array.of(1, 0) };
  await images.writeOverlay(path, photo, map, ['#204060', '#0000ff']);
  const pixels = await sharp(await readFile(path))
    .raw()
    .toBuffer();
  expect([...pixels]).toEqual([100, 50, 128, 16, 32, 48]);
});
