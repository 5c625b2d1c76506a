import sharp from 'sharp';

/**
 * The class indices of an indexed PNG, found by its colours: the decoder is not ours, and knows
 * colours only.
 * @param colors `#rrggbb` of each class, all different
 */
export async function readLabels(
  png: string | Buffer,
  colors: readonly string[],
): Promise<{ width: number; height: number; labels: Uint8Array }> {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const indices = new Map(colors.map((color, i) => [Number.parseInt(color.slice(1), 16), i]));
  const labels = Uint8Array.from({ length: info.width * info.height }, (_, pixel) => {
    const color = data.readUIntBE(3 * pixel, 3);
    const index = indices.get(color);
    if (index === undefined) throw new RangeError(`no class has the colour ${color.toString(16)}`);
    return index;
  });
  return { width: info.width, height: info.height, labels };
}

/** Share of the elements that are equal. */
export function agreement(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return 0;
  let equal = 0;
  for (let i = 0; i < a.length; i++) if (a[i] === b[i]) equal++;
  return equal / a.length;
}
