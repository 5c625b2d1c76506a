import type { Counts } from './attention.ts';

/**
 * CPU twin of shaders/attention-literal.wgsl up to its neuron: (q kᵀ · scoreScale) v · valueScale,
 * f32[queries][heads·d], summed in f64.
 */
export function attentionLiteral(
  { q, k, v }: { q: Counts; k: Counts; v: Counts },
  { queries, keys, heads, width }: { queries: number; keys: number; heads: number; width: number },
  { scoreScale, valueScale }: { scoreScale: number; valueScale: number },
): Float32Array {
  const count = ({ counts, stride, offset }: Counts, token: number, channel: number) =>
    counts[token * stride + offset + channel] ?? NaN;
  const potential = new Float32Array(queries * heads * width);
  for (let n = 0; n < queries; n++)
    for (let c = 0; c < heads * width; c++) {
      const head = Math.floor(c / width) * width;
      let sum = 0;
      for (let m = 0; m < keys; m++) {
        let score = 0;
        for (let i = head; i < head + width; i++) score += count(q, n, i) * count(k, m, i);
        sum += score * scoreScale * count(v, m, c) * valueScale;
      }
      potential[n * heads * width + c] = sum;
    }
  return potential;
}
