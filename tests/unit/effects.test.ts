import { describe, expect, test } from 'vitest';
import { alphaOf } from '../../demo/effects/alpha.ts';
import { blurBehind } from '../../demo/effects/blur.ts';
import { random } from '../support/random.ts';

const KEEP_LAST = [false, false, true];

describe('alpha', () => {
  test('without scores is the mask of the classes that are kept', () => {
    const segments = { width: 3, height: 2, labels: Uint8Array.of(0, 1, 2, 2, 1, 0) };
    expect([...alphaOf(segments, KEEP_LAST, true)]).toEqual([0, 0, 255, 255, 0, 0]);
    expect([...alphaOf(segments, [true, true, false], false)]).toEqual([255, 255, 0, 0, 255, 255]);
  });

  test('follows the lead of the best kept class, half where the scores are equal', () => {
    const scores = (...rows: number[][]) => ({
      width: rows.length,
      height: 1,
      data: Float32Array.from(rows.flat()),
    });
    const soft = (...rows: number[][]) => [
      ...alphaOf(
        {
          width: rows.length,
          height: 1,
          labels: new Uint8Array(rows.length),
          scores: scores(...rows),
        },
        KEEP_LAST,
        true,
      ),
    ];
    expect(soft([1, 0, 0], [0, 0, 1], [0.4, 0.1, 0.4], [0, 0, 0])).toEqual([0, 255, 128, 0]);
    // A quarter of both scores ahead: three quarters opaque.
    expect(soft([0, 3, 5])).toEqual([191]);
    expect(soft([5, 1, 3])).toEqual([64]);
  });

  test('is resized with pixel centres aligned, as the labels are', () => {
    const data = Float32Array.of(1, 0, 0, 1);
    const scores = { width: 2, height: 1, data };
    const wide = { width: 8, height: 2, labels: new Uint8Array(16), scores };
    const alpha = alphaOf(wide, [false, true], true);
    const row = [...alpha.subarray(0, 8)];
    expect(row).toEqual([0, 0, 0, 64, 191, 255, 255, 255]);
    expect([...alpha.subarray(8)]).toEqual(row);
  });
});

describe('the background, blurred', () => {
  const [width, height] = [9, 7];
  const next = random(5);
  const data = Uint8ClampedArray.from({ length: 4 * width * height }, () => 256 * next());
  const image = { data, width, height, colorSpace: 'srgb' } as const;
  const rgb = (pixels: Uint8ClampedArray) => pixels.filter((_, i) => i % 4 !== 3);

  test('with no radius is the picture', () => {
    const blurred = blurBehind(image, new Uint8ClampedArray(width * height), 0);
    expect(rgb(blurred)).toEqual(rgb(data));
  });

  test('is the weighted mean of what is seen, by plain loops', () => {
    const alpha = Uint8ClampedArray.from({ length: width * height }, (_, i) => (i % 3) * 127);
    const plain = (channel: number) => {
      let weights = Array.from(alpha, (a) => 1 - a / 255 + 1e-3);
      let sums = weights.map((weight, i) => weight * (data[4 * i + channel] ?? NaN));
      const box = (values: number[]) =>
        values.map((_, i) => {
          let sum = 0;
          for (let y = Math.floor(i / width) - 2; y <= Math.floor(i / width) + 2; y++)
            for (let x = (i % width) - 2; x <= (i % width) + 2; x++)
              if (x >= 0 && x < width && y >= 0 && y < height) sum += values[y * width + x] ?? NaN;
          return sum;
        });
      for (let pass = 0; pass < 3; pass++) [weights, sums] = [box(weights), box(sums)];
      return sums.map((sum, i) => sum / (weights[i] ?? NaN));
    };
    const blurred = blurBehind(image, alpha, 2);
    for (const channel of [0, 1, 2])
      plain(channel).forEach((value, i) => {
        expect(Math.abs((blurred[4 * i + channel] ?? NaN) - value)).toBeLessThan(0.51);
      });
  });

  test('takes no colour of what stands in front', () => {
    const red = Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) =>
      i % 4 === 3 || Math.floor(i / 4) % width === 4 ? 255 : 10,
    );
    const column = Uint8ClampedArray.from({ length: width * height }, (_, i) =>
      i % width === 4 ? 255 : 0,
    );
    const blurred = rgb(blurBehind({ ...image, data: red }, column, 1));
    expect(Math.max(...blurred)).toBeLessThan(14);
  });
});
