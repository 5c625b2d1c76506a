import { SpikesegError } from '../errors.ts';
import type { Preprocessing } from './manifest.ts';
import type { Size } from './shapes.ts';

/** How a picture enters the network. */
export interface Fit {
  /** What the picture is resized to. */
  readonly content: Size;
  /** What the network sees: the content, padded on the right and below. */
  readonly input: Size;
}

/** Sides beyond which a network input is surely a mistake. */
const SMALLEST = 16;
const LARGEST = 8192;

/**
 * Size of the network's input for a picture. `wanted` replaces the manifest's size; with `keep` its
 * longer and shorter side bound the picture's.
 * @throws SpikesegError `invalid-argument` for a size that cannot be used
 */
export function fit(preprocessing: Preprocessing, source: Size, wanted?: Size): Fit {
  if (wanted) expectUsable(wanted);
  if (preprocessing.fit === 'stretch') {
    const [height, width] = preprocessing.size;
    const content = wanted ?? { height, width };
    return { content, input: content };
  }
  const [long, short] = wanted
    ? [Math.max(wanted.height, wanted.width), Math.min(wanted.height, wanted.width)]
    : preprocessing.scale;
  const { height, width } = source;
  const factor = Math.min(long / Math.max(height, width), short / Math.min(height, width));
  const resized = (side: number) => Math.max(1, Math.floor(side * factor + 0.5));
  const content = { height: resized(height), width: resized(width) };
  const padded = (side: number) => Math.ceil(side / preprocessing.divisor) * preprocessing.divisor;
  return { content, input: { height: padded(content.height), width: padded(content.width) } };
}

/** @throws SpikesegError `invalid-argument` for a size at which no network should run */
export function expectUsable({ height, width }: Size): void {
  for (const side of [height, width]) {
    if (Number.isInteger(side) && side >= SMALLEST && side <= LARGEST) continue;
    throw new SpikesegError(
      'invalid-argument',
      `the size ${width} × ${height} cannot be used: give whole pixels, ${SMALLEST} to ${LARGEST} a side`,
    );
  }
}
