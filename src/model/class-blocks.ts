import { WINDOW_BYTES, padded } from './shapes.ts';

/** The classes, in blocks whose sums one invocation of the readout keeps in registers. */
export interface ClassBlocks {
  readonly count: number;
  /** Classes of a block, a multiple of 4 and at most 24; those beyond the last class are padding. */
  readonly width: number;
}

/** As few blocks as can be, and as narrow as they then can be. */
export function classBlocks(classes: number): ClassBlocks {
  const quads = padded(classes) / 4;
  const count = Math.ceil(quads / 6);
  return { count, width: 4 * Math.ceil(quads / count) };
}

/** Most queries whose probabilities for a block of classes fit a uniform window. */
export function mostQueries({ width }: ClassBlocks): number {
  return Math.floor(WINDOW_BYTES / (4 * width) / 4) * 4;
}
