import type { ScoreMap, Segmentation } from '../../src/index.ts';

/** One byte a pixel, row-major: 0 outside of what is kept, 255 inside. */
export type Alpha = Uint8ClampedArray<ArrayBuffer>;

/** What an edge follows: the labels and, for a soft one, the scores behind them. */
export type Segments = Pick<Segmentation, 'width' | 'height' | 'labels' | 'scores'>;

/** Lead over the other classes, in [-1, 1], beyond which a pixel is opaque or transparent. */
const SOFTNESS = 0.5;

/**
 * Alpha of the classes for which `kept` is true. Soft edges need scores: they are half transparent
 * where kept and other classes have equal scores, which is where the labels change.
 */
export function alphaOf(segments: Segments, kept: readonly boolean[], soft: boolean): Alpha {
  const { width, height, labels, scores } = segments;
  if (soft && scores !== undefined) return softAlpha(lead(scores, kept), scores, { width, height });
  const alpha = new Uint8ClampedArray(width * height);
  labels.forEach((label, i) => {
    if (kept[label] === true) alpha[i] = 255;
  });
  return alpha;
}

/** How far the best kept class leads the best other one, as part of both scores: in [-1, 1]. */
function lead({ width, height, data }: ScoreMap, kept: readonly boolean[]): Float32Array {
  const leads = new Float32Array(width * height);
  const classes = data.length / leads.length;
  for (let i = 0; i < leads.length; i++) {
    let [inside, outside] = [0, 0];
    for (let label = 0; label < classes; label++) {
      const score = data[i * classes + label] ?? 0;
      if (kept[label] === true) inside = Math.max(inside, score);
      else outside = Math.max(outside, score);
    }
    const both = inside + outside;
    leads[i] = both > 0 ? (inside - outside) / both : -1;
  }
  return leads;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Resizes leads to the picture, bilinearly with pixel centres aligned, and turns them to alpha. */
function softAlpha(leads: Float32Array, from: Size, to: Size): Alpha {
  const alpha = new Uint8ClampedArray(to.width * to.height);
  const columns = taps(from.width, to.width);
  taps(from.height, to.height).forEach(({ low, high, part }, y) => {
    const [above, below] = [low * from.width, high * from.width];
    columns.forEach((column, x) => {
      const upper = mix(leads[above + column.low], leads[above + column.high], column.part);
      const lower = mix(leads[below + column.low], leads[below + column.high], column.part);
      const value = mix(upper, lower, part);
      alpha[y * to.width + x] = 255 * (0.5 + value / (2 * SOFTNESS));
    });
  });
  return alpha;
}

/** The two inputs between which each output lies, and how far it is from the first. */
function taps(inputs: number, outputs: number) {
  return Array.from({ length: outputs }, (_, i) => {
    const at = Math.min(Math.max(((i + 0.5) * inputs) / outputs - 0.5, 0), inputs - 1);
    const low = Math.floor(at);
    return { low, high: Math.min(low + 1, inputs - 1), part: at - low };
  });
}

function mix(a = 0, b = 0, part: number): number {
  return a + (b - a) * part;
}
