/** A resize along one axis: output i is a weighted mean of the `taps` pixels from `starts[i]` on. */
export interface ResampleTable {
  /** Pixels under the widest window. */
  readonly taps: number;
  /** One for each output. Windows may reach beyond the border, where its pixel repeats. */
  readonly starts: Int32Array<ArrayBuffer>;
  /** [outputs][taps], fixed point, 0 or more; those of an output sum to 1, but for their rounding. */
  readonly coefficients: Int32Array<ArrayBuffer>;
}

/** Fractional bits of the coefficients with antialias: Pillow's. */
export const ANTIALIAS_BITS = 22;
/** Without: OpenCV's. */
export const LINEAR_BITS = 11;

interface Window {
  readonly start: number;
  readonly coefficients: readonly number[];
}

/**
 * The windows of a bilinear resize of `inputs` pixels to `outputs`, half-pixel centres. With
 * `antialias` a shrinking window grows with the scale, as in Pillow; without it is two pixels wide,
 * as in OpenCV. The coefficients are theirs to the last bit.
 *
 * @see Pillow, libImaging/Resample.c; OpenCV, imgproc/resize.cpp
 */
export function resampleTable(inputs: number, outputs: number, antialias: boolean): ResampleTable {
  const window = antialias ? triangleWindow : linearWindow;
  const windows = Array.from({ length: outputs }, (_, i) => window(i, inputs, outputs));
  const taps = Math.max(...windows.map(({ coefficients }) => coefficients.length));
  const starts = Int32Array.from(windows, ({ start }) => start);
  const coefficients = new Int32Array(outputs * taps);
  windows.forEach((w, i) => coefficients.set(w.coefficients, i * taps));
  return { taps, starts, coefficients };
}

function triangleWindow(output: number, inputs: number, outputs: number): Window {
  const scale = inputs / outputs;
  const support = Math.max(1, scale);
  const slope = 1 / support;
  const centre = (output + 0.5) * scale;
  const start = Math.max(0, Math.trunc(centre - support + 0.5));
  const end = Math.min(inputs, Math.trunc(centre + support + 0.5));
  const weights = Array.from({ length: end - start }, (_, k) =>
    Math.max(0, 1 - Math.abs((start + k - centre + 0.5) * slope)),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const one = 2 ** ANTIALIAS_BITS;
  return { start, coefficients: weights.map((w) => Math.floor((w / sum) * one + 0.5)) };
}

function linearWindow(output: number, inputs: number, outputs: number): Window {
  const scale = 1 / (outputs / inputs); // not inputs / outputs: the rounding is part of the result
  const position = Math.fround((output + 0.5) * scale - 0.5);
  const start = Math.floor(position);
  const fraction = Math.fround(position - start);
  const weights = [Math.fround(1 - fraction), fraction];
  return { start, coefficients: weights.map((w) => roundTiesToEven(w * 2 ** LINEAR_BITS)) };
}

/** Of 0..2^23, above which f32 holds integers only: rounding the sum to f32 rounds `x`. */
function roundTiesToEven(x: number): number {
  return Math.fround(x + 2 ** 23) - 2 ** 23;
}
