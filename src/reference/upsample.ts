import type { Shape } from './maps.ts';

/** Bilinear sample of channel c for output pixel (y, x) of a finer map, align_corners = false. */
export function upsample(
  coarse: Float32Array,
  { height, width, channels }: Shape,
  fine: { readonly height: number; readonly width: number },
  y: number,
  x: number,
  c: number,
): number {
  const [y0, y1, wy] = neighbours(y, height, fine.height);
  const [x0, x1, wx] = neighbours(x, width, fine.width);
  const at = (row: number, column: number) => coarse[(row * width + column) * channels + c] ?? NaN;
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
