import type { Shape } from './maps.ts';

/** Counts [H][W][stride] of which channels [offset, offset + channels) are meant. */
export interface FiringInput extends Shape {
  readonly counts: ArrayLike<number>;
  readonly stride: number;
  readonly offset: number;
}

/**
 * CPU twin of shaders/firing.wgsl: u32 histogram[16] (element 0 stays 0), sums by channel [C] and by
 * pixel [H][W], one after another.
 */
export function firing({ counts, height, width, channels, stride, offset }: FiringInput) {
  const pixels = height * width;
  const sums = new Uint32Array(16 + channels + pixels);
  const add = (at: number, value: number) => (sums[at] = (sums[at] ?? 0) + value);
  for (let pixel = 0; pixel < pixels; pixel++)
    for (let c = 0; c < channels; c++) {
      const count = counts[pixel * stride + offset + c] ?? NaN;
      if (count > 0) add(count, 1);
      add(16 + c, count);
      add(16 + channels + pixel, count);
    }
  return sums;
}
