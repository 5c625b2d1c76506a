import type { ModelClass } from './manifest.ts';

/** Turn of the colour circle from one class to the next: neighbours and their neighbours differ. */
const GOLDEN_ANGLE = 137.508;
const LIGHTNESS = [0.5, 0.35, 0.65] as const;

/** A colour for class `index`, `#rrggbb`; different for each of the first 500. */
export function classColor(index: number): string {
  const hue = (index * GOLDEN_ANGLE) % 360;
  const lightness = LIGHTNESS[index % LIGHTNESS.length] ?? 0.5;
  const chroma = 0.75 * Math.min(lightness, 1 - lightness);
  // HSL to RGB, a channel at a time.
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12;
    const value = lightness - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1));
    return Math.round(255 * value)
      .toString(16)
      .padStart(2, '0');
  };
  return `#${channel(0)}${channel(8)}${channel(4)}`;
}

/** Exactly `count` classes: those known, then as many as are missing, named `class N`. */
export function completeClasses(known: readonly ModelClass[], count: number): ModelClass[] {
  return Array.from(
    { length: count },
    (_, i) => known[i] ?? { name: `class ${i}`, color: classColor(i) },
  );
}
