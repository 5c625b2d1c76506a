import { rgb } from '../palette.ts';

/** Viridis at nine even steps. @see https://bids.github.io/colormap/ */
const VIRIDIS = [
  '#440154',
  '#472d7b',
  '#3b528b',
  '#2c728e',
  '#21918c',
  '#28ae80',
  '#5ec962',
  '#addc30',
  '#fde725',
];

const STEPS = 256;

/** The colour map from none to most, [256] RGBA words as ImageData holds them. */
export const COLOR_WORDS: Uint32Array<ArrayBuffer> = Uint32Array.from({ length: STEPS }, (_, i) => {
  const [red, green, blue] = mixed(i / (STEPS - 1));
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
});

const COLORS = Array.from({ length: STEPS }, (_, i) => `rgb(${mixed(i / (STEPS - 1)).join(' ')})`);

/** Index into the colour map of `value` between 0 and `most`. */
export function colorIndex(value: number, most: number): number {
  if (most <= 0) return 0;
  return Math.min(STEPS - 1, Math.max(0, Math.round((value / most) * (STEPS - 1))));
}

/** CSS colour of `value` between 0 and `most`. */
export function color(value: number, most: number): string {
  return COLORS[colorIndex(value, most)] ?? '';
}

function mixed(part: number): readonly [number, number, number] {
  const at = part * (VIRIDIS.length - 1);
  const i = Math.min(Math.floor(at), VIRIDIS.length - 2);
  const from = rgb(VIRIDIS[i] ?? '');
  const to = rgb(VIRIDIS[i + 1] ?? '');
  const mix = (k: 0 | 1 | 2) => Math.round(from[k] + (to[k] - from[k]) * (at - i));
  return [mix(0), mix(1), mix(2)];
}

const NICE = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];

/** The next round number that is not below `value`: an axis ends there. */
export function niceCeil(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = NICE.find((step) => step * power >= value * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/**
 * Colours for the parts of the network, in their order: of middle brightness, so that they stand out
 * from a light page and from a dark one, and told apart by most colour-blind eyes.
 */
const STAGES = [
  '#0f7fc2',
  '#c26a00',
  '#009575',
  '#b5589b',
  '#7a6fd0',
  '#8a7a1c',
  '#d1495b',
  '#6f7b86',
];

export function stageColor(stage: number): string {
  return STAGES[stage % STAGES.length] ?? '';
}
