/** RGBA bytes, as ImageData has them. */
type Pixels = Uint8ClampedArray<ArrayBuffer>;

/** Three boxes in a row are nearly a bell. */
const PASSES = 3;
/** What a hidden pixel counts, so that there is a colour even where none is seen. */
const HIDDEN = 1e-3;

/**
 * Blurs a picture without what stands in front of it: every pixel is the mean of its neighbours,
 * weighted by how much of them is seen. The result is opaque.
 * @param alpha - of what stands in front, a byte a pixel
 * @param radius - of each box, in pixels; 0 changes nothing
 */
export function blurBehind(
  { data, width, height }: ImageData,
  alpha: Uint8ClampedArray,
  radius: number,
): Pixels {
  let planes: readonly Float32Array[] = [0, 1, 2, 3].map((channel) =>
    Float32Array.from(alpha, (a, i) => {
      const weight = 1 - a / 255 + HIDDEN;
      return channel === 3 ? weight : weight * (data[4 * i + channel] ?? 0);
    }),
  );
  for (let pass = 0; pass < PASSES; pass++) {
    planes = planes
      .map((plane) => boxSum(plane, height, width, 1, width, radius))
      .map((plane) => boxSum(plane, width, height, width, 1, radius));
  }
  const [weight = new Float32Array()] = planes.slice(3);
  const blurred = new Uint8ClampedArray(4 * width * height).fill(255);
  planes.slice(0, 3).forEach((plane, channel) =>
    plane.forEach((sum, i) => {
      blurred[4 * i + channel] = sum / (weight[i] ?? 1);
    }),
  );
  return blurred;
}

/** Sums over 2 · radius + 1 values along each of `lines` lines, cut at the border. */
function boxSum(
  values: Float32Array,
  lines: number,
  length: number,
  step: number,
  stride: number,
  radius: number,
): Float32Array {
  const sums = new Float32Array(values.length);
  for (let line = 0; line < lines; line++) {
    const at = (i: number) => values[line * stride + i * step] ?? 0;
    let sum = 0;
    for (let i = 0; i < Math.min(radius, length); i++) sum += at(i);
    for (let i = 0; i < length; i++) {
      if (i + radius < length) sum += at(i + radius);
      if (i - radius > 0) sum -= at(i - radius - 1);
      sums[line * stride + i * step] = sum;
    }
  }
  return sums;
}
