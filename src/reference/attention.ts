/** Counts [N][C] of which the first heads · d channels, from `offset` on, are meant. */
export interface Counts {
  readonly counts: ArrayLike<number>;
  /** C. */
  readonly stride: number;
  readonly offset: number;
}

/**
 * CPU twin of shaders/attention.wgsl up to its neuron: q (kᵀ v) · scale, f32[queries][heads·d]. Sums are
 * exact integers.
 */
export function attention(
  { q, k, v }: { q: Counts; k: Counts; v: Counts },
  { queries, keys, heads, width }: { queries: number; keys: number; heads: number; width: number },
  scale: number,
): Float32Array {
  const count = ({ counts, stride, offset }: Counts, token: number, channel: number) =>
    counts[token * stride + offset + channel] ?? NaN;
  const channels = heads * width;
  const potential = new Float32Array(queries * channels);
  for (let c = 0; c < channels; c++) {
    const head = Math.floor(c / width) * width;
    const keyValue = Array.from({ length: width }, (_, i) => {
      let sum = 0;
      for (let m = 0; m < keys; m++) sum += count(k, m, head + i) * count(v, m, c);
      return sum;
    });
    for (let n = 0; n < queries; n++) {
      const sum = keyValue.reduce((total, kv, i) => total + count(q, n, head + i) * kv, 0);
      potential[n * channels + c] = Math.fround(sum) * Math.fround(scale);
    }
  }
  return potential;
}
