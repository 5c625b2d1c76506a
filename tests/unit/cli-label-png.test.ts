import { inflateSync } from 'node:zlib';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { encodeLabels } from '../../src/node/label-png.ts';
import { readLabels } from '../support/labels.ts';
import { random } from '../support/random.ts';

const COLOR_TYPE = 25;

/** Different colours for so many classes. */
function palette(classes: number): string[] {
  return Array.from(
    { length: classes },
    (_, i) => `#${(i * 65_793).toString(16).padStart(6, '0')}`,
  );
}

function noise(width: number, height: number, classes: number) {
  const next = random(7);
  const values = Array.from({ length: width * height }, () => Math.floor(next() * classes));
  const labels = classes > 255 ? Uint16Array.from(values) : Uint8Array.from(values);
  return { width, height, labels };
}

test.for([
  [1, 1, 1],
  [7, 5, 6],
  [64, 33, 150],
  [40, 40, 256],
] as const)('a map of %i × %i and %i classes is a palette image', async ([w, h, classes]) => {
  const map = noise(w, h, classes);
  const png = encodeLabels(map, palette(classes));
  expect(png[COLOR_TYPE]).toBe(3);
  const decoded = await readLabels(png, palette(classes));
  expect(decoded).toEqual({ ...map, labels: Uint8Array.from(map.labels) });
});

test('the pixel values are the labels, also where classes share a colour', () => {
  const labels = Uint8Array.of(0, 1, 2, 2, 1, 0);
  const png = encodeLabels({ width: 3, height: 2, labels }, ['#102030', '#102030', '#102030']);
  const data = png.indexOf('IDAT');
  const rows = inflateSync(png.subarray(data + 4, data + 4 + png.readUInt32BE(data - 4)));
  expect([...rows]).toEqual([0, 0, 1, 2, 0, 2, 1, 0]);
});

test('above 256 classes it is a 16-bit greyscale image', async () => {
  const map = noise(31, 17, 1000);
  const png = encodeLabels(map, palette(1000));
  expect(png[COLOR_TYPE]).toBe(0);
  const { data, info } = await sharp(png)
    .toColourspace('grey16')
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ width: 31, height: 17, channels: 1 });
  expect(new Uint16Array(data.buffer, data.byteOffset, 31 * 17)).toEqual(map.labels);
});

test('a label without a class, or of no pixel, is refused', () => {
  const colors = palette(2);
  const encode = (labels: Uint8Array) => encodeLabels({ width: 2, height: 1, labels }, colors);
  expect(() => encode(Uint8Array.of(0, 2))).toThrow('labels up to 2');
  expect(() => encode(Uint8Array.of(0, 1, 1))).toThrow('3 labels');
});
