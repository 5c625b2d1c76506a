import type { Shape } from './maps.ts';

/** Bilinear upsampling, align_corners = false, in f64, rounded once. f32 [h][w][C] → [H][W][C]. */
export function upsample(
  map: Float32Array,
  input: Shape,
  output: { readonly height: number; readonly width: number },
): Float32Array<ArrayBuffer> {
  const { channels } = input;
  const fine = new Float32Array(output.height * output.width * channels);
  for (let y = 0; y < output.height; y++)
    for (let x = 0; x < output.width; x++)
      for (let c = 0; c < channels; c++)
        fine[(y * output.width + x) * channels + c] = bilinear(map, input, output, y, x, c);
  return fine;
}

/** One element of {@link upsample}. */
export function bilinear(
  map: Float32Array,
  { height, width, channels }: Shape,
  output: { readonly height: number; readonly width: number },
  y: number,
  x: number,
  c: number,
): number {
  const [y0, y1, wy] = neighbours(y, height, output.height);
  const [x0, x1, wx] = neighbours(x, width, output.width);
  const at = (row: number, column: number) => map[(row * width + column) * channels + c] ?? NaN;
  return (
    (1 - wy) * ((1 - wx) * at(y0, x0) + wx * at(y0, x1)) +
    wy * ((1 - wx) * at(y1, x0) + wx * at(y1, x1))
  );
}

function neighbours(at: number, size: number, outputs: number): [number, number, number] {
  const source = Math.max(((at + 0.5) * size) / outputs - 0.5, 0);
  const low = Math.min(Math.floor(source), size - 1);
  return [low, Math.min(low + 1, size - 1), source - low];
}
