/** Whether a texture leaves ink at this place; x and y in pixels, the period is SIZE. */
type Texture = (x: number, y: number) => boolean;

/** Pixels after which every texture repeats. */
const SIZE = 12;
const LINE = 2;

/** Different in direction or shape, so that no colour is needed to tell them apart. */
const TEXTURES: readonly Texture[] = [
  () => false,
  (x, y) => (x + y) % SIZE < LINE,
  (x, y) => (x - y + SIZE) % SIZE < LINE,
  (x, y) => x % SIZE < LINE || y % SIZE < LINE,
  (_x, y) => y % SIZE < LINE,
  (x, y) => x % (SIZE / 2) < LINE && y % (SIZE / 2) < LINE,
  (x) => x % SIZE < LINE,
];

/** The texture of class `label`; `scale` is the size of one texture pixel. */
export function hasInk(label: number, x: number, y: number, scale: number): boolean {
  const texture = TEXTURES[label % TEXTURES.length];
  return texture?.(Math.floor(x / scale) % SIZE, Math.floor(y / scale) % SIZE) ?? false;
}
