import { accumulates } from './fan-out.ts';
import type { Graph, Neuron, Slice } from './graph.ts';
import { layerGroup } from './layer-groups.ts';
import { engineWork, networkWork, type Work } from './operations.ts';
import { strided, type MapShape, type Size } from './shapes.ts';
import type { LayerOperations } from './statistics.ts';
import type { LayerCounts, NetworkCounts } from './summarise.ts';

/** How the units of a slice of spikes fired. The arrays are borrowed. */
export interface SliceFiring {
  /** Units that fired k spikes, at k = 1..15; element 0 means nothing. */
  readonly histogram: Uint32Array;
  /** Spikes of each channel. */
  readonly channels: Uint32Array;
  /** Spikes at each position, [H][W]. */
  readonly map: Uint16Array;
}

/** Slices of equal key hold the same spikes, whatever they are called. */
export function sliceKey({ tensor, offset, channels }: Slice): string {
  return `${tensor.id} ${offset} ${channels}`;
}

export interface MeasureOptions {
  /** Virtual timesteps that ran. @defaultValue D */
  readonly levels?: number;
  /** Keep the maps. @defaultValue false */
  readonly maps?: boolean | undefined;
  /** Spikes of every unit, by layer. Taken over. */
  readonly spikeCounts?: ReadonlyMap<string, Uint8Array<ArrayBuffer>> | undefined;
}

/**
 * Counts every neuron layer and the arithmetic of one picture.
 * @param firing of every slice that a neuron layer owns
 */
export function measureNetwork(
  graph: Graph,
  firing: (slice: Slice) => SliceFiring,
  { levels = graph.levels, maps = false, spikeCounts = new Map() }: MeasureOptions = {},
): NetworkCounts {
  const { neurons, input } = graph;
  const { names, network, executed, driven } = structure(graph);
  const drivers = (slice: Slice) => names.get(slice)?.map(({ name }) => name) ?? [];
  // Most work is both the original's and the engine's: it is counted once.
  const counted = new Map<Work, LayerOperations>();
  for (const work of [...network, ...executed]) {
    if (!counted.has(work)) counted.set(work, layerOperations(work, firing, drivers));
  }
  const count = (works: readonly Work[]) => works.flatMap((work) => counted.get(work) ?? []);
  const owners = new Map<string, string>();
  const layers = neurons.map(({ name, spikes }): LayerCounts => {
    const { histogram, channels, map } = firing(spikes);
    const key = sliceKey(spikes);
    const sharedWith = owners.get(key);
    if (sharedWith === undefined) owners.set(key, name);
    const { height, width } = spikes.tensor.shape;
    const shape = { height, width, channels: spikes.channels };
    // Neurons on one slice drive layers that were merged: each has an equal part of them.
    const merged = drivers(spikes).length;
    const operations = count(driven.get(spikes) ?? []);
    const counts = spikeCounts.get(name);
    return {
      name,
      group: layerGroup(name),
      ...(sharedWith === undefined ? {} : { sharedWith }),
      ...shape,
      spatial: isStrided(shape, input.shape),
      histogram: completeHistogram(histogram, shape, levels),
      accumulates: operations.reduce((sum, op) => sum + op.accumulates, 0) / merged,
      denseMacs: operations.reduce((sum, op) => sum + op.denseMacs, 0) / merged,
      channelSpikes: Array.from(channels),
      ...(maps ? { map: map.slice() } : {}),
      ...(counts ? { spikeCounts: counts } : {}),
    };
  });
  const { height, width } = input.shape;
  return {
    pictures: 1,
    input: { height, width },
    levels,
    timesteps: 1,
    layers,
    operations: count(network),
    executed: count(executed),
  };
}

/** What of a graph's measurement is the same for every picture. */
interface Structure {
  /** Neuron layers by the spikes they fire. */
  readonly names: ReadonlyMap<Slice, readonly Neuron[]>;
  readonly network: readonly Work[];
  readonly executed: readonly Work[];
  /** Of `network`, by the spikes that drive it. */
  readonly driven: ReadonlyMap<Slice | undefined, readonly Work[]>;
}

const structures = new WeakMap<Graph, Structure>();

function structure(graph: Graph): Structure {
  const known = structures.get(graph);
  if (known) return known;
  const own = graph.ops.map((op) => engineWork(op));
  const network = graph.ops.flatMap((op, i) => networkWork(op, own[i]));
  const made = {
    names: groupBy(graph.neurons, ({ spikes }) => spikes),
    network,
    executed: own.flat(),
    driven: groupBy(network, ({ spikes }) => spikes),
  };
  structures.set(graph, made);
  return made;
}

function layerOperations(
  work: Work,
  firing: (slice: Slice) => SliceFiring,
  drivers: (slice: Slice) => string[],
): LayerOperations {
  const { name, denseMacs, nominalMacs } = work;
  const common = { name, group: layerGroup(name), denseMacs, nominalMacs };
  if (!work.spikes) {
    return { ...common, neurons: [], accumulates: 0, macs: denseMacs, rateAccumulates: 0 };
  }
  const { map, channels } = firing(work.spikes);
  const spikes = channels.reduce((sum, value) => sum + value, 0);
  return {
    ...common,
    neurons: drivers(work.spikes),
    accumulates: accumulates(work.fanOut, map, spikes),
    macs: 0,
    rateAccumulates: (spikes / (map.length * channels.length)) * nominalMacs,
  };
}

/** Units of 0..levels spikes: those that are in no other place did not fire. */
function completeHistogram(
  histogram: Uint32Array,
  { height, width, channels }: MapShape,
  levels: number,
): number[] {
  const fired = [...histogram.subarray(1, levels + 1)];
  const silent = height * width * channels - fired.reduce((sum, count) => sum + count, 0);
  return [silent, ...fired];
}

/** Whether a map has a position for every so many pixels of the picture. */
function isStrided(map: Size, picture: Size): boolean {
  return [2, 4, 8, 16].some((stride) => {
    const { height, width } = strided(picture, stride);
    return map.height === height && map.width === width;
  });
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
