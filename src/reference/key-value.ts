/** Counts [N][C] of which the first heads · d channels, from `offset` on, are meant. */
export interface Counts {
  readonly counts: ArrayLike<number>;
  /** C. */
  readonly stride: number;
  readonly offset: number;
}

/** CPU twin of shaders/key-value.wgsl: Σ over N tokens of k[n, i] · v[n, o], [heads][d][d]. */
export function keyValue(
  k: Counts,
  v: Counts,
  { tokens, heads, width }: { tokens: number; heads: number; width: number },
): Int32Array {
  const sums = new Int32Array(heads * width * width);
  for (let head = 0; head < heads; head++)
    for (let i = 0; i < width; i++)
      for (let o = 0; o < width; o++) {
        let sum = 0;
        for (let n = 0; n < tokens; n++) {
          const key = k.counts[n * k.stride + k.offset + head * width + i] ?? NaN;
          const value = v.counts[n * v.stride + v.offset + head * width + o] ?? NaN;
          sum += key * value;
        }
        sums[(head * width + i) * width + o] = sum;
      }
  return sums;
}
