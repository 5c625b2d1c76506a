import type { Rows } from './bands.ts';

/** Rows of the picture, and the rows of the score map that labelling them takes. */
export interface Band {
  readonly scores: Rows;
  readonly picture: Rows;
}

/**
 * Splits a picture of `pictureRows` into bands, so that the scores of none takes more than
 * `scoreRows` rows of the map (at least 2: a pixel lies between two of them). `contentRows` of the
 * map show the picture.
 */
export function readoutBands(
  pictureRows: number,
  contentRows: number,
  scoreRows: number,
): readonly Band[] {
  const most = Math.max(2, scoreRows);
  const bands: Band[] = [];
  let first = 0;
  while (first < pictureRows) {
    const start = rowsAround(first, pictureRows, contentRows).low;
    let count = 1;
    let { high } = rowsAround(first, pictureRows, contentRows);
    while (first + count < pictureRows) {
      const next = rowsAround(first + count, pictureRows, contentRows).high;
      if (next - start >= most) break;
      high = next;
      count++;
    }
    bands.push({ scores: { first: start, count: high - start + 1 }, picture: { first, count } });
    first += count;
  }
  return bands;
}

/** The rows of the map around a row of the picture; one more on either side, for f32's rounding. */
function rowsAround(row: number, pictureRows: number, contentRows: number) {
  const source = Math.max(((row + 0.5) * contentRows) / pictureRows - 0.5, 0);
  const low = Math.floor(source - 1e-3);
  return {
    low: Math.max(low, 0),
    high: Math.min(Math.floor(source + 1e-3) + 1, contentRows - 1),
  };
}
