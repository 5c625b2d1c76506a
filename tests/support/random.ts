/** Numbers in [0, 1), the same on every run (mulberry32). */
export function random(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `length` values in [low, high). */
export function uniform(length: number, low: number, high: number, seed = 1) {
  const next = random(seed);
  return Float32Array.from({ length }, () => low + (high - low) * next());
}

/** `length` multiples of 1/8 in [−1, 1]: their sums with spike counts are exact in any order. */
export function eighths(length: number, seed = 1) {
  const next = random(seed);
  return Float32Array.from({ length }, () => Math.floor(next() * 17 - 8) / 8);
}

/** `length` spike counts 0..levels, `density` of them above zero. */
export function spikeCounts(length: number, levels: number, density: number, seed = 1) {
  const next = random(seed);
  return Uint8Array.from({ length }, () =>
    next() < density ? 1 + Math.floor(next() * levels) : 0,
  );
}
