import type { Shape } from './maps.ts';

/**
 * CPU twin of shaders/deformable.wgsl up to its neuron: plain loops, no speed intended.
 * `values` [H][W][C]; `offsets` [H][W][groups][9][2]; `mask` counts [H][W][9·groups].
 */
export function deformable(
  values: Float32Array,
  offsets: Float32Array,
  mask: ArrayLike<number>,
  { height, width, channels }: Shape,
  { groups, maskScale }: { readonly groups: number; readonly maskScale: number },
): Float32Array {
  const at = (y: number, x: number, c: number) =>
    y < 0 || x < 0 || y >= height || x >= width
      ? 0
      : (values[(y * width + x) * channels + c] ?? NaN);
  const bilinear = (y: number, x: number, c: number) => {
    const [y0, x0] = [Math.floor(y), Math.floor(x)];
    const [fy, fx] = [y - y0, x - x0];
    return (
      (1 - fy) * ((1 - fx) * at(y0, x0, c) + fx * at(y0, x0 + 1, c)) +
      fy * ((1 - fx) * at(y0 + 1, x0, c) + fx * at(y0 + 1, x0 + 1, c))
    );
  };
  const potential = new Float32Array(height * width * channels);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) {
        const group = Math.floor((c * groups) / channels);
        let sum = 0;
        for (let p = 0; p < 9; p++) {
          const point = ((y * width + x) * groups + group) * 9 + p;
          const count = mask[point] ?? NaN;
          const [dx, dy] = [offsets[2 * point] ?? NaN, offsets[2 * point + 1] ?? NaN];
          if (count === 0 || !Number.isFinite(dx) || !Number.isFinite(dy)) continue;
          const [sx, sy] = [x + Math.floor(p / 3) - 1 + dx, y + (p % 3) - 1 + dy];
          sum += count * maskScale * bilinear(sy, sx, c);
        }
        potential[(y * width + x) * channels + c] = sum;
      }
  return potential;
}
