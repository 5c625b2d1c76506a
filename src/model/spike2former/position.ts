import type { MapShape } from '../shapes.ts';

/**
 * Sine position code f32[H·W][C]: the first half of the channels from y, the second from x. Rounded
 * to f32 after each step, as the original computes it.
 * @see SinePositionalEncoding of mmdetection, normalised
 */
export function sinePosition({ height, width, channels }: MapShape): Float32Array<ArrayBuffer> {
  const half = channels / 2;
  const [rows, columns] = [axisCode(height, half), axisCode(width, half)];
  const code = new Float32Array(height * width * channels);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * channels;
      code.set(rows.subarray(y * half, (y + 1) * half), at);
      code.set(columns.subarray(x * half, (x + 1) * half), at + half);
    }
  return code;
}

/** f32[size][half]: sines at even, cosines at odd places, of falling frequency. */
function axisCode(size: number, half: number): Float32Array {
  const { fround } = Math;
  const code = new Float32Array(size * half);
  const last = fround(size + fround(1e-6));
  for (let i = 0; i < size; i++) {
    const angle = fround(fround((i + 1) / last) * fround(2 * Math.PI));
    for (let k = 0; k < half; k++) {
      const period = fround(10_000 ** fround((2 * Math.floor(k / 2)) / half));
      const phase = fround(angle / period);
      code[i * half + k] = k % 2 === 0 ? Math.sin(phase) : Math.cos(phase);
    }
  }
  return code;
}
