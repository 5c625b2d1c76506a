/** Height, width and channels of a map. */
export interface Shape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Spike counts [H][W][C] (0..15) as words u32[H][⌈W/8⌉][C]: nibble i is pixel 8·tile + i. */
export function packSpikes(counts: ArrayLike<number>, { height, width, channels }: Shape) {
  const tiles = Math.ceil(width / 8);
  const words = new Uint32Array(height * tiles * channels);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) {
        const word = (y * tiles + (x >> 3)) * channels + c;
        const count = counts[(y * width + x) * channels + c] ?? 0;
        words[word] = ((words[word] ?? 0) | (count << (4 * (x & 7)))) >>> 0;
      }
  return words;
}

/** The inverse of {@link packSpikes}. */
export function unpackSpikes(words: Uint32Array, { height, width, channels }: Shape) {
  const tiles = Math.ceil(width / 8);
  const counts = new Uint8Array(height * width * channels);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) {
        const word = words[(y * tiles + (x >> 3)) * channels + c] ?? 0;
        counts[(y * width + x) * channels + c] = (word >>> (4 * (x & 7))) & 15;
      }
  return counts;
}
