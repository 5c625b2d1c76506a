import { padded } from '../../src/model/shapes.ts';

/** The first place where two arrays differ, in words; undefined if they are equal. */
export function firstDifference(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance = 0,
): string | undefined {
  if (actual.length !== expected.length)
    return `${actual.length} elements, expected ${expected.length}`;
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [actual[i] ?? NaN, expected[i] ?? NaN];
    if (!(Math.abs(a - b) <= tolerance)) return `[${i}] is ${a}, expected ${b}`;
  }
  return undefined;
}

/** Channels filled up to a multiple of 4, as kernels want what they read four at a time. */
export function padChannels(
  values: Float32Array,
  channels: number,
  filler = 0,
): Float32Array<ArrayBuffer> {
  const rows = values.length / channels;
  const out = new Float32Array(rows * padded(channels)).fill(filler);
  for (let row = 0; row < rows; row++)
    out.set(values.subarray(row * channels, (row + 1) * channels), row * padded(channels));
  return out;
}
