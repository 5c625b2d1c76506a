import { describe, expect, test } from 'vitest';
import { ANTIALIAS_BITS, LINEAR_BITS, resampleTable } from '../../src/model/resample-table.ts';
import { resample } from '../../src/reference/resample.ts';
import { firstDifference } from '../support/compare.ts';
import { pictureFixtures } from '../support/pictures.ts';

const MODES = [
  { library: 'pillow', antialias: true, one: 2 ** ANTIALIAS_BITS },
  { library: 'opencv', antialias: false, one: 2 ** LINEAR_BITS },
] as const;

describe('resampleTable', () => {
  test.for(MODES)('gives the bytes of $library', ({ library, antialias }) => {
    const [source] = pictureFixtures('source');
    if (!source) return expect.fail('the fixtures are missing');
    const resized = pictureFixtures(library);
    expect(resized).toHaveLength(6);
    for (const want of resized) {
      const x = resampleTable(source.width, want.width, antialias);
      const y = resampleTable(source.height, want.height, antialias);
      const got = resample(source, x, y, antialias);
      expect(firstDifference(got.data, want.data), `${want.width} × ${want.height}`).toBe(
        undefined,
      );
    }
  });

  test('with antialias, averages over all the pixels that are merged', () => {
    // 4 to 2: triangles of half-width 2 round 1 and 3; weights .75 .75 .25, then mirrored.
    const [wide, narrow] = [Math.round((3 / 7) * 2 ** 22), Math.round((1 / 7) * 2 ** 22)];
    expect(resampleTable(4, 2, true)).toEqual({
      taps: 3,
      starts: Int32Array.of(0, 1),
      coefficients: Int32Array.of(wide, wide, narrow, narrow, wide, wide),
    });
  });

  test('without, mixes the two nearest pixels, also across the border', () => {
    // 2 to 4: outputs lie at −0.25, 0.25, 0.75, 1.25.
    expect(resampleTable(2, 4, false)).toEqual({
      taps: 2,
      starts: Int32Array.of(-1, 0, 0, 1),
      coefficients: Int32Array.of(512, 1536, 1536, 512, 512, 1536, 1536, 512),
    });
  });

  test('without, rounds a coefficient between two integers to the even one', () => {
    // 1 to 2048: the first output lies at −0.5 + 1/4096, so its second weight is 1024.5 / 2048.
    const { coefficients } = resampleTable(1, 2048, false);
    expect([...coefficients.slice(0, 4)]).toEqual([1024, 1024, 1022, 1026]);
  });

  // One unit apart from what the same formula gives in f64, or with inputs / outputs as the scale.
  test.for([
    { inputs: 588, outputs: 393, output: 35, start: 52, coefficients: [790, 1258] },
    { inputs: 8121, outputs: 2048, output: 1034, start: 4101, coefficients: [745, 1303] },
  ])("without, rounds on the way as OpenCV's own arithmetic does: %o", (c) => {
    const { starts, coefficients } = resampleTable(c.inputs, c.outputs, false);
    expect(starts[c.output]).toBe(c.start);
    expect([...coefficients.slice(2 * c.output, 2 * c.output + 2)]).toEqual(c.coefficients);
  });

  test.for(MODES)('leaves a picture of the same size alone: $library', ({ antialias, one }) => {
    const { taps, starts, coefficients } = resampleTable(5, 5, antialias);
    for (let i = 0; i < 5; i++)
      for (let k = 0; k < taps; k++) {
        const at = (starts[i] ?? NaN) + k;
        if (at < 5) expect(coefficients[i * taps + k]).toBe(at === i ? one : 0);
      }
  });

  // The shader leaves out the clipping: no sum may come out above 255 after its shift.
  test.for(MODES)('coefficients are not negative and sum to 1: $library', ({ antialias, one }) => {
    for (const [inputs, outputs] of [
      [1, 7],
      [7, 1],
      [640, 256],
      [853, 256],
      [4000, 683],
      [16_384, 16],
    ] as const) {
      const { taps, coefficients } = resampleTable(inputs, outputs, antialias);
      expect(coefficients.every((c) => c >= 0)).toBe(true);
      for (let i = 0; i < outputs; i++) {
        const sum = coefficients.slice(i * taps, (i + 1) * taps).reduce((a, b) => a + b, 0);
        expect((255 * sum) / one).toBeLessThan(255.5);
        expect(Math.abs(sum - one)).toBeLessThanOrEqual(antialias ? taps / 2 : 0);
      }
    }
  });
});
