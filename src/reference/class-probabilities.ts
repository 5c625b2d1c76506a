/**
 * CPU twin of shaders/class-probabilities.wgsl: plain loops in double, no speed intended.
 * `logits` [Q][classes + 1]; returns [Q][classes].
 */
export function classProbabilities(logits: Float32Array, classes: number): Float64Array {
  const columns = classes + 1;
  const queries = logits.length / columns;
  const probabilities = new Float64Array(queries * classes);
  for (let q = 0; q < queries; q++) {
    const row = logits.subarray(q * columns, (q + 1) * columns);
    const largest = Math.max(...row);
    const weights = Array.from(row, (logit) => Math.exp(logit - largest));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    weights.slice(0, classes).forEach((weight, k) => {
      probabilities[q * classes + k] = weight / sum;
    });
  }
  return probabilities;
}

/** Probabilities [Q][classes] in the kernel's order: [count][⌈Q/4⌉·4][width], padded with zeros. */
export function inBlocks(
  probabilities: ArrayLike<number>,
  classes: number,
  { count, width }: { readonly count: number; readonly width: number },
): Float32Array<ArrayBuffer>[] {
  const queries = probabilities.length / classes;
  const rows = Math.ceil(queries / 4) * 4;
  return Array.from({ length: count }, (_, block) =>
    new Float32Array(rows * width).map((_, i) => {
      const [q, k] = [Math.floor(i / width), block * width + (i % width)];
      return q < queries && k < classes ? (probabilities[q * classes + k] ?? NaN) : 0;
    }),
  );
}
