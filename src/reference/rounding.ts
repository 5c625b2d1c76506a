/** WGSL's and torch's `round`. `Math.round` differs: it sends 0.5 to 1 and 2.5 to 3. */
export function roundTiesToEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The integer neuron: spikes fired at a membrane potential, in thresholds. */
export function fire(potential: number, levels: number): number {
  return roundTiesToEven(Math.min(Math.max(potential, 0), levels));
}
