import type { Neuron } from './graph.ts';
import { TILE, spikeBytes } from './shapes.ts';

/**
 * The spike counts of a neuron layer, taken out of its tensor's words, in the order of the axes that
 * the neuron's layout names.
 */
export function readCounts(words: Uint32Array, neuron: Neuron): Uint8Array<ArrayBuffer> {
  const counts = new Uint8Array(unitsOf(neuron));
  forEachUnit(neuron, (unit, word, shift) => {
    counts[unit] = ((words[word] ?? 0) >>> shift) & 15;
  });
  return counts;
}

/** The inverse of {@link readCounts}: writes the counts into words, and leaves the others. */
export function writeCounts(words: Uint32Array, neuron: Neuron, counts: ArrayLike<number>): void {
  forEachUnit(neuron, (unit, word, shift) => {
    const cleared = (words[word] ?? 0) & ~(15 << shift);
    words[word] = (cleared | ((counts[unit] ?? 0) << shift)) >>> 0;
  });
}

/**
 * The membrane potentials of a neuron layer, taken out of its map, in the order of
 * {@link readCounts}. The map is channels last unless `channelMajor`.
 */
export function readPotentials(
  map: Float32Array,
  neuron: Neuron,
  channelMajor = false,
): Float32Array<ArrayBuffer> {
  const { tensor, offset, channels } = neuron.spikes;
  const { height, width, channels: stride } = tensor.shape;
  const pixels = height * width;
  const first = neuron.layout === 'channels-first';
  const potentials = new Float32Array(unitsOf(neuron));
  for (let pixel = 0; pixel < pixels; pixel++)
    for (let c = 0; c < channels; c++) {
      const at = channelMajor ? (offset + c) * pixels + pixel : pixel * stride + offset + c;
      potentials[first ? c * pixels + pixel : pixel * channels + c] = map[at] ?? NaN;
    }
  return potentials;
}

/** Words of all zeros for the tensor of a neuron. */
export function emptyWords({ spikes }: Neuron): Uint32Array<ArrayBuffer> {
  const { height, width, channels } = spikes.tensor.shape;
  return new Uint32Array(spikeBytes(height, width, channels) / 4);
}

/** Units of a neuron layer. */
export function unitsOf({ spikes }: Neuron): number {
  const { height, width } = spikes.tensor.shape;
  return height * width * spikes.channels;
}

function forEachUnit(
  { spikes: { tensor, offset, channels }, layout }: Neuron,
  visit: (unit: number, word: number, shift: number) => void,
): void {
  const { height, width, channels: stride } = tensor.shape;
  const tiles = Math.ceil(width / TILE);
  const pixels = height * width;
  for (let pixel = 0; pixel < pixels; pixel++) {
    const x = pixel % width;
    const tile = ((pixel - x) / width) * tiles + Math.floor(x / TILE);
    const shift = 4 * (x % TILE);
    for (let c = 0; c < channels; c++) {
      const unit = layout === 'channels-first' ? c * pixels + pixel : pixel * channels + c;
      visit(unit, tile * stride + offset + c, shift);
    }
  }
}
