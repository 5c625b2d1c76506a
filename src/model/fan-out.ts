import { strided, type Size } from './shapes.ts';

/** How many outputs read a position of a layer's input: rows[y] · columns[x] · outputs. */
export interface FanOut {
  /** By position; absent where every position counts 1. */
  readonly taps?: { readonly rows: readonly number[]; readonly columns: readonly number[] };
  /** Outputs of one tap. */
  readonly outputs: number;
}

/**
 * Fan-out of a convolution with an odd kernel, padded by half of it: less at the borders, and of
 * every other kind at a stride.
 * @param outputs output channels that read one input channel
 */
export function convolutionFanOut(
  input: Size,
  { kernel, stride = 1, outputs }: { kernel: number; stride?: number; outputs: number },
): FanOut {
  if (kernel === 1 && stride === 1) return { outputs };
  const { height, width } = strided(input, stride);
  const rows = readers(input.height, height, kernel, stride);
  const columns = readers(input.width, width, kernel, stride);
  return { taps: { rows, columns }, outputs };
}

/** Outputs along one axis that read each input. */
function readers(inputs: number, outputs: number, kernel: number, stride: number): number[] {
  const counts = new Array<number>(inputs).fill(0);
  for (let output = 0; output < outputs; output++)
    for (let tap = 0; tap < kernel; tap++) {
      const at = output * stride + tap - (kernel >> 1);
      const count = counts[at];
      if (count !== undefined) counts[at] = count + 1;
    }
  return counts;
}

/** Σ of the fan-out over a map's positions: what a channel costs if it is not spiking. */
export function totalFanOut({ taps, outputs }: FanOut, { height, width }: Size): number {
  if (!taps) return height * width * outputs;
  const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
  return sum(taps.rows) * sum(taps.columns) * outputs;
}

/**
 * Accumulate operations that spikes cause: Σ over positions of spikes × fan-out. Exact below 2⁵³.
 * @param map spikes at each position, [H][W], summed over the channels
 * @param spikes their sum
 */
export function accumulates({ taps, outputs }: FanOut, map: Uint16Array, spikes: number): number {
  if (!taps) return spikes * outputs;
  const { rows, columns } = taps;
  let total = 0;
  let at = 0;
  for (const row of rows) {
    let sum = 0;
    for (const column of columns) sum += column * (map[at++] ?? 0);
    total += row * sum;
  }
  return total * outputs;
}
