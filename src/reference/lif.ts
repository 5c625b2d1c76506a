/** What a timestep of leaky neurons leaves behind, each in the order of the current. */
export interface LifStep {
  /** Before the reset. */
  readonly potential: Float32Array;
  /** After it. */
  readonly state: Float32Array;
  /** 0 or 1. */
  readonly fired: Uint8Array;
}

/** CPU twin of shaders/lif.wgsl, each step rounded to f32. */
export function lif(
  current: Float32Array,
  before: Float32Array,
  { tau, threshold }: { readonly tau: number; readonly threshold: number },
): LifStep {
  const { fround } = Math;
  const rate = fround(1 / tau);
  const potential = before.map((v, i) =>
    fround(v + fround(fround((current[i] ?? NaN) - v) * rate)),
  );
  const fired = Uint8Array.from(potential, (v) => Number(v >= fround(threshold)));
  return { potential, state: potential.map((v, i) => (fired[i] ? 0 : v)), fired };
}
