import type { MapShape } from '../src/model/shapes.ts';
import { random } from '../tests/support/random.ts';

/** A Gaussian of one pixel. */
const BLUR = [1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16];
const REACH = 2; // pixels
/** Standard deviation of the channels' tendencies to fire, in those of a pixel's noise. */
const TENDENCY = 0.5;

/**
 * Spike counts [H][W][C] of 0..levels, of which `rate` are not zero, clustered as in trained networks:
 * neighbours fire together, and some channels more than others. Of the words of 8 pixels 19 % are not
 * zero at a rate of 5 %, 33 % at 10 %, 55 % at 20 %, 70 % at 30 % and 81 % at 40 %; in the bundled
 * portrait model on photos 26 % at 6 %, 40 % at 13 %, 56 % at 21 %, 67 % at 30 % and 75 % at 39 %.
 */
export function clusteredCounts(
  { height, width, channels }: MapShape,
  levels: number,
  rate: number,
): Uint8Array {
  const next = random();
  const drive = new Float32Array(height * width * channels);
  for (let c = 0; c < channels; c++) {
    const tendency = TENDENCY * normal(next);
    blurredNoise(height, width, next).forEach((value, pixel) => {
      drive[pixel * channels + c] = value + tendency;
    });
  }
  const threshold = drive.toSorted()[Math.round((1 - rate) * drive.length)] ?? Infinity;
  return Uint8Array.from(drive, (value) =>
    value >= threshold ? 1 + Math.floor(next() * levels) : 0,
  );
}

/** [height][width], of unit variance. */
function blurredNoise(height: number, width: number, next: () => number): Float32Array {
  const pitch = width + 2 * REACH;
  const noise = Float32Array.from({ length: (height + 2 * REACH) * pitch }, () => normal(next));
  const gain = 1 / BLUR.reduce((sum, weight) => sum + weight ** 2, 0);
  return Float32Array.from({ length: height * width }, (_, pixel) => {
    const corner = Math.floor(pixel / width) * pitch + (pixel % width);
    let sum = 0;
    for (const [dy, row] of BLUR.entries())
      for (const [dx, column] of BLUR.entries())
        sum += row * column * (noise[corner + dy * pitch + dx] ?? 0);
    return gain * sum;
  });
}

/** A normal deviate (Box and Muller). */
function normal(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}
