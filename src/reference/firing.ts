import type { Shape } from './maps.ts';

/** Counts [H][W][stride] of which channels [offset, offset + channels) are meant. */
export interface FiringInput extends Shape {
  readonly counts: ArrayLike<number>;
  readonly stride: number;
  readonly offset: number;
}

/**
 * CPU twin of shaders/firing.wgsl: histogram u32[16] (element 0 stays 0), sums by channel u32[C] and
 * by pixel u16[H][8·⌈W/8⌉], one after another.
 */
export function firing({ counts, height, width, channels, stride, offset }: FiringInput) {
  const row = Math.ceil(width / 8) * 8;
  const sums = new Uint32Array(16 + channels + (height * row) / 2);
  const map = new Uint16Array(sums.buffer, 4 * (16 + channels));
  const add = (to: Uint32Array | Uint16Array, at: number, value: number) =>
    (to[at] = (to[at] ?? NaN) + value);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) {
        const count = counts[(y * width + x) * stride + offset + c] ?? NaN;
        if (count > 0) add(sums, count, 1);
        add(sums, 16 + c, count);
        add(map, y * row + x, count);
      }
  return sums;
}
