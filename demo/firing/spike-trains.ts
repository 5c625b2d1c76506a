import type { LayerFiring } from '../../src/index.ts';
import type { Extent, Place } from './view.ts';

/** A neuron of a layer at one position. */
export interface Unit {
  /** Into the layer's spike counts, [height][width][channels]. */
  readonly index: number;
  readonly channel: number;
  readonly x: number;
  readonly y: number;
}

type Shape = Pick<LayerFiring, 'height' | 'width' | 'channels'>;

export function unitAt({ width, channels }: Shape, index: number): Unit {
  const position = Math.floor(index / channels);
  return {
    index,
    channel: index % channels,
    x: position % width,
    y: Math.floor(position / width),
  };
}

/**
 * Up to `most` units of a layer or of one of its channels, in the order of their positions: one at
 * random from each of as many equal parts. The same seed gives the same units.
 */
export function sampleUnits(
  layer: Shape,
  channel: number | undefined,
  most: number,
  seed: number,
): readonly Unit[] {
  const positions = layer.height * layer.width;
  const units = channel === undefined ? positions * layer.channels : positions;
  const count = Math.min(units, most);
  const next = random(seed);
  return Array.from({ length: count }, (_, i) => {
    const at = Math.floor(((i + next()) * units) / count);
    return unitAt(layer, channel === undefined ? at : at * layer.channels + channel);
  });
}

/**
 * Units that fire in each of the virtual timesteps 1..levels: a count k stands for spikes in the first
 * k of them. Of all channels, or of one.
 */
export function unitsPerStep(
  counts: Uint8Array,
  levels: number,
  { channels }: Shape,
  channel?: number,
): readonly number[] {
  const histogram = new Array<number>(levels + 1).fill(0);
  const [first, stride] = channel === undefined ? [0, 1] : [channel, channels];
  for (let i = first; i < counts.length; i += stride) {
    const count = counts[i] ?? 0;
    histogram[count] = (histogram[count] ?? 0) + 1;
  }
  return histogram
    .slice(1)
    .map((_, step) => histogram.slice(step + 1).reduce((sum, units) => sum + units, 0));
}

/** The middle of what a unit covers, as parts of the photo; beyond 1 it is on the padding. */
export function placeOf({ x, y }: Unit, { width, height }: Shape, content: Extent): Place {
  return { x: (x + 0.5) / width / content.width, y: (y + 0.5) / height / content.height };
}

/** The unit of a channel that covers a place of the photo. */
export function unitOver(layer: Shape, channel: number, place: Place, content: Extent): Unit {
  const x = Math.min(Math.floor(place.x * content.width * layer.width), layer.width - 1);
  const y = Math.min(Math.floor(place.y * content.height * layer.height), layer.height - 1);
  return unitAt(layer, (y * layer.width + x) * layer.channels + channel);
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
