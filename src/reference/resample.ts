/** RGB, 8 bits a channel: u8[height][width][3]. */
export interface Picture {
  readonly height: number;
  readonly width: number;
  readonly data: Uint8Array;
}

/** Output i of an axis weighs `taps` pixels from `starts[i]` on; see src/model/resample-table.ts. */
export interface Windows {
  readonly taps: number;
  readonly starts: Int32Array;
  readonly coefficients: Int32Array;
}

/**
 * CPU twin of shaders/resample.wgsl, up to the 8-bit picture: as Pillow does it with `antialias`, as
 * OpenCV does it without.
 */
export function resample(source: Picture, x: Windows, y: Windows, antialias: boolean): Picture {
  const [height, width] = [y.starts.length, x.starts.length];
  const { horizontal, vertical } = antialias ? PILLOW : OPENCV;
  const rows = new Int32Array(source.height * width * 3);
  for (let row = 0; row < source.height; row++)
    for (let column = 0; column < width; column++)
      for (let c = 0; c < 3; c++) {
        const window = products(x, column, source.width, (at) => {
          return source.data[(row * source.width + at) * 3 + c] ?? NaN;
        });
        rows[(row * width + column) * 3 + c] = horizontal(window);
      }
  const data = new Uint8Array(height * width * 3);
  for (let row = 0; row < height; row++)
    for (let i = 0; i < width * 3; i++) {
      const window = products(y, row, source.height, (at) => rows[at * width * 3 + i] ?? NaN);
      data[row * width * 3 + i] = vertical(window);
    }
  return { height, width, data };
}

/** f32[height][width][3]: (value − mean) / std in f32 steps, padded with zeros to `input`. */
export function normalise(
  picture: Picture,
  input: { readonly height: number; readonly width: number },
  mean: readonly number[],
  std: readonly number[],
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(input.height * input.width * 3);
  picture.data.forEach((value, i) => {
    const [pixel, c] = [Math.floor(i / 3), i % 3];
    const at = Math.floor(pixel / picture.width) * input.width + (pixel % picture.width);
    const centred = Math.fround(value - Math.fround(mean[c] ?? NaN));
    values[at * 3 + c] = centred / Math.fround(std[c] ?? NaN);
  });
  return values;
}

/** coefficient · pixel under the window of output i; beyond the border its pixel repeats. */
function products(w: Windows, i: number, size: number, pixel: (at: number) => number): number[] {
  return Array.from({ length: w.taps }, (_, k) => {
    const at = Math.min(Math.max((w.starts[i] ?? NaN) + k, 0), size - 1);
    return (w.coefficients[i * w.taps + k] ?? NaN) * pixel(at);
  });
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const toByte = (value: number) => Math.min(Math.max(value, 0), 255);

const fromFixedPoint = (window: readonly number[]) => toByte((sum(window) + 2 ** 21) >> 22);
const PILLOW = { horizontal: fromFixedPoint, vertical: fromFixedPoint };
const OPENCV = {
  horizontal: (window: readonly number[]) => sum(window) >> 4,
  vertical: (window: readonly number[]) => toByte((sum(window.map((p) => p >> 16)) + 2) >> 2),
};
