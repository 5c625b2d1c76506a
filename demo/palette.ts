import type { ModelClass } from '../src/index.ts';

/** Paul Tol's "vibrant" scheme, told apart by colour-blind eyes too. @see https://sronpersonalpages.nl/~pault/ */
const VIBRANT = ['#0077bb', '#ccbb44', '#ee7733', '#009988', '#ee3377', '#33bbee', '#aa4499'];

const BACKGROUND = 'background';

export function isBackground(item: ModelClass): boolean {
  return item.name === BACKGROUND;
}

/**
 * Colours for the screen, `#rrggbb` in label order. Models with few classes get a scheme for all
 * eyes, because their own colours may look like the thing itself: skin painted on skin is not seen.
 */
export function displayColors(classes: readonly ModelClass[]): readonly string[] {
  const things = classes.filter((item) => !isBackground(item));
  if (things.length > VIBRANT.length) return classes.map((item) => item.color);
  const scheme = new Map(things.map((item, i) => [item, VIBRANT[i] ?? item.color]));
  return classes.map((item) => scheme.get(item) ?? item.color);
}

/** Red, green, blue in 0..255 of `#rrggbb`. */
export function rgb(color: string): readonly [number, number, number] {
  const value = Number.parseInt(color.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** Black or white, whichever reads better on that colour. */
export function inkOn(color: string): string {
  const [red, green, blue] = rgb(color);
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? '#000000' : '#ffffff';
}
