import { describe, expect } from 'vitest';
import { createLabels, labelBytes, unpackLabels } from '../../src/kernels/labels.ts';
import { readoutBands } from '../../src/model/readout-bands.ts';
import { labels } from '../../src/reference/labels.ts';
import { firstDifference, padChannels } from '../support/compare.ts';
import { test } from '../support/gpu.ts';
import { eighths } from '../support/random.ts';

describe('labels', () => {
  // Scores are multiples of 1/8 and sizes double or stay: interpolation is exact, ties included.
  test.for([
    { map: [1, 1], content: [1, 1], picture: [1, 1], classes: 1 },
    { map: [6, 7], content: [6, 7], picture: [6, 7], classes: 6 },
    { map: [8, 8], content: [5, 7], picture: [10, 14], classes: 5 }, // padding is not looked at
    { map: [8, 16], content: [8, 16], picture: [8, 16], classes: 300 }, // two bytes a label
    { map: [4, 9], content: [4, 9], picture: [8, 18], classes: 257 }, // a last run of one word
    { map: [12, 22], content: [12, 22], picture: [3, 11], classes: 21 }, // smaller: scores lie between
  ] as const)('equals the reference: %o', async (c, { gpu }) => {
    const size = ([height, width]: readonly [number, number]) => ({ height, width });
    const scores = { ...size(c.map), channels: c.classes };
    const [content, picture] = [size(c.content), size(c.picture)];
    const values = eighths(scores.height * scores.width * c.classes).map((v) => v + 1);
    const packed = gpu.buffer(labelBytes(picture, c.classes));
    // Two rows of the map at a time: many bands.
    for (const { scores: band, picture: rows } of readoutBands(picture.height, content.height, 2)) {
      const create = await createLabels(gpu.host, { scores, content, picture, band, rows });
      const row = scores.width * c.classes;
      const part = padChannels(
        values.slice(band.first * row, (band.first + band.count) * row),
        c.classes,
      );
      await gpu.run(create({ scores: gpu.buffer(part), labels: packed }));
    }
    const got = unpackLabels((await gpu.readU32(packed)).buffer, picture, c.classes);
    expect(got.BYTES_PER_ELEMENT).toBe(c.classes > 255 ? 2 : 1);
    const want = labels(values, scores, content, picture);
    expect(firstDifference(got, want)).toBeUndefined();
  });

  test('refuses a buffer that is too short, by name', async ({ gpu }) => {
    const size = { height: 2, width: 5 };
    const all = { first: 0, count: 2 };
    const create = await createLabels(gpu.host, {
      scores: { ...size, channels: 3 },
      content: size,
      picture: size,
      band: all,
      rows: all,
    });
    expect(() => create({ scores: gpu.buffer(4 * 40), labels: gpu.buffer(12) })).toThrow(
      'labels: labels: needs 16 bytes, got 12',
    );
  });
});
