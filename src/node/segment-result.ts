import type { ClassShare } from '../worker/api.ts';
import { duration, grouped, percent, sizeText, table, type Paint } from './text.ts';

/** What `segment --json` prints of a picture. Lengths in pixels, timings in milliseconds. */
export interface SegmentResult {
  readonly model: { readonly name: string; readonly sha256: string };
  readonly image: { readonly path: string; readonly width: number; readonly height: number };
  readonly adapter: string;
  /** Size at which the network ran. */
  readonly network: { readonly width: number; readonly height: number };
  /** Every class of the model, in label order. */
  readonly classes: readonly (ClassShare & { readonly index: number })[];
  readonly timings: {
    /** Of the model: reading, checking and preparing the weights. */
    readonly load: number;
    readonly compile: number;
    readonly warmUp: number;
    /** Of the picture file. */
    readonly decode: number;
    readonly run: number;
    /** Of the picture, from its file to its results. */
    readonly total: number;
  };
}

/** The result for people: classes that occur, the largest first. */
export function describeResult({ image, network, classes, timings }: SegmentResult, paint: Paint) {
  const head = `${paint.bold(image.path)}  ${sizeText(image)}, network ${sizeText(network)}, `;
  const rows = classes
    .filter(({ pixels }) => pixels > 0)
    .sort((a, b) => b.pixels - a.pixels)
    .map(({ index, name, color, pixels, share }) => [
      index.toString(),
      paint.swatch(color),
      name,
      percent(share),
      `${grouped(pixels)} px`,
    ]);
  return `${head}${duration(timings.total)}\n${table(rows, 'rllrr')}`;
}
