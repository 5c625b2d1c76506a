import type { Firing, Golden } from '../model/golden.ts';
import type { Graph, Neuron, Tensor } from '../model/graph.ts';
import {
  emptyWords,
  readCounts,
  readPotentials,
  unitsOf,
  writeCounts,
} from '../model/spike-words.ts';
import type { Recording } from './record.ts';

/** How one neuron layer compares with its golden. */
export interface LayerComparison {
  readonly name: string;
  readonly units: number;
  /** Units whose spike count differs. */
  readonly flips: number;
  /** Of these, units that the golden lists as too near a tie to tell. */
  readonly excused: number;
  /** Of the membrane potential, where the golden has it. */
  readonly error?: { readonly max: number; readonly allowed: number };
}

/** How the statistics of one neuron layer compare with its golden's. */
export interface FiringComparison {
  readonly name: string;
  readonly units: number;
  /** Mean spike count. */
  readonly mean: number;
  /** Part of the units that fire at all. */
  readonly nonzero: number;
  /** Of both, the larger. */
  readonly error: number;
}

/** What a golden knows of one neuron layer; the last stage where it holds several. */
export interface Expected {
  readonly counts: Uint8Array;
  readonly potentials?: Float32Array;
  /** Indices into these arrays. */
  readonly nearTies: ReadonlySet<number>;
}

/** The golden's spike counts of every neuron layer that it stores, by name. */
export async function expectedLayers(
  { tensors, nearTies }: Golden,
  graph: Graph,
): Promise<Map<string, Expected>> {
  const layers = new Map<string, Expected>();
  for (const neuron of graph.neurons) {
    const { name } = neuron;
    if (!tensors.tensors.has(`neuron_int/${name}`)) continue;
    const units = unitsOf(neuron);
    const stored = await tensors.read(`neuron_int/${name}`);
    // The head's neurons are stored for every stage of the decoder; the last one decides.
    const skipped = stored.length - units;
    const ties = [...(nearTies.get(name) ?? [])].map((at) => at - skipped);
    const potentials = tensors.tensors.has(`neuron_in/${name}`)
      ? (await tensors.read(`neuron_in/${name}`)).subarray(skipped)
      : undefined;
    layers.set(name, {
      counts: Uint8Array.from(stored.subarray(skipped)),
      nearTies: new Set(ties),
      ...(potentials ? { potentials } : {}),
    });
  }
  return layers;
}

/** The words that each spike tensor should hold, from the layers that own its channels. */
export function expectedWords(
  graph: Graph,
  layers: ReadonlyMap<string, Expected>,
): Map<Tensor, Uint32Array<ArrayBuffer>> {
  const words = new Map<Tensor, Uint32Array<ArrayBuffer>>();
  for (const neuron of graph.neurons) {
    const layer = layers.get(neuron.name);
    if (!layer) continue;
    const { tensor } = neuron.spikes;
    const into = words.get(tensor) ?? emptyWords(neuron);
    writeCounts(into, neuron, layer.counts);
    words.set(tensor, into);
  }
  return words;
}

/** Compares the spikes of one layer, as recorded. */
export function compareSpikes(
  neuron: Neuron,
  { counts, nearTies }: Expected,
  recording: Recording,
): LayerComparison {
  const words = recording.spikes.get(neuron.spikes.tensor) ?? new Uint32Array();
  const got = readCounts(words, neuron);
  let [flips, excused] = [0, 0];
  for (let unit = 0; unit < counts.length; unit++) {
    if (got[unit] === counts[unit]) continue;
    flips++;
    if (nearTies.has(unit)) excused++;
  }
  return { name: neuron.name, units: counts.length, flips, excused };
}

/** Compares how one layer fired, as recorded. */
export function compareFiring(
  neuron: Neuron,
  expected: Firing,
  recording: Recording,
): FiringComparison {
  const counts = readCounts(
    recording.spikes.get(neuron.spikes.tensor) ?? new Uint32Array(),
    neuron,
  );
  const units = counts.length;
  const mean = counts.reduce((sum, count) => sum + count, 0) / units;
  const nonzero = counts.reduce((sum, count) => sum + Math.min(count, 1), 0) / units;
  const error = Math.max(Math.abs(mean - expected.mean), Math.abs(nonzero - expected.nonzero));
  return { name: neuron.name, units, mean, nonzero, error };
}

/**
 * The largest error of the membrane potentials, and what the order of f32 sums allows. `map` is
 * channels last unless `channelMajor`.
 */
export function comparePotentials(
  neuron: Neuron,
  expected: Float32Array,
  map: Float32Array,
  channelMajor: boolean,
): { max: number; allowed: number } {
  const got = readPotentials(map, neuron, channelMajor);
  let [max, largest] = [0, 0];
  expected.forEach((want, unit) => {
    max = Math.max(max, Math.abs((got[unit] ?? NaN) - want));
    largest = Math.max(largest, Math.abs(want));
  });
  return { max, allowed: 2e-5 + 2e-6 * largest };
}
