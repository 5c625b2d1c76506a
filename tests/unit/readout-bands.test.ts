import { expect, test } from 'vitest';
import { readoutBands } from '../../src/model/readout-bands.ts';

test.each([
  [1024, 256, 256],
  [1024, 256, 17],
  [100, 512, 33], // shrinking: each row of the picture skips rows of the map
  [75, 75, 2],
  [1, 1, 5],
  [3000, 37, 3],
])('%i rows of picture, %i of content, %i at a time', (pictureRows, contentRows, most) => {
  const bands = readoutBands(pictureRows, contentRows, most);
  let next = 0;
  for (const { picture, scores } of bands) {
    expect(picture.first).toBe(next);
    expect(picture.count).toBeGreaterThan(0);
    next = picture.first + picture.count;
    expect(scores.first + scores.count).toBeLessThanOrEqual(contentRows);
    // What interpolation touches, with f32's rounding of the position.
    for (const row of [picture.first, next - 1]) {
      const source = Math.max(
        Math.fround(Math.fround(contentRows / pictureRows) * (row + 0.5)) - 0.5,
        0,
      );
      expect(Math.floor(source)).toBeGreaterThanOrEqual(scores.first);
      const high = Math.min(Math.floor(source) + 1, contentRows - 1);
      expect(high).toBeLessThan(scores.first + scores.count);
    }
    if (picture.count > 1) expect(scores.count).toBeLessThanOrEqual(Math.max(2, most));
  }
  expect(next).toBe(pictureRows);
});
