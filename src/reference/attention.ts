import type { Counts } from './key-value.ts';

/**
 * CPU twin of shaders/attention.wgsl up to its neuron: the potential f32[N][heads·d], from the sums
 * of `keyValue`, i32[heads][d][d].
 */
export function attention(
  q: Counts,
  sums: Int32Array,
  { tokens, heads, width }: { tokens: number; heads: number; width: number },
  scale: number,
): Float32Array {
  const channels = heads * width;
  const potential = new Float32Array(tokens * channels);
  for (let n = 0; n < tokens; n++)
    for (let head = 0; head < heads; head++)
      for (let o = 0; o < width; o++) {
        let sum = 0;
        for (let i = 0; i < width; i++) {
          const count = q.counts[n * q.stride + q.offset + head * width + i] ?? NaN;
          sum += count * (sums[(head * width + i) * width + o] ?? NaN);
        }
        potential[n * channels + head * width + o] = Math.fround(sum) * Math.fround(scale);
      }
  return potential;
}
