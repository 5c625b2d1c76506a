import { SpikesegError } from '../errors.ts';
import type { FiringStatistics, LayerFiring, LayerOperations } from './statistics.ts';
import { addHistograms, summarise, type LayerCounts } from './summarise.ts';

/**
 * Adds the counts of pictures that one model saw: rates then are those of all units together, so
 * that a larger picture weighs more, and energies stay those of one picture. Maps and spikes
 * of single units are left out.
 * @throws SpikesegError `invalid-argument` if they are of different models or timesteps
 */
export function mergeStatistics(a: FiringStatistics, b: FiringStatistics): FiringStatistics {
  if (a.levels !== b.levels) {
    throw new SpikesegError(
      'invalid-argument',
      `these statistics cannot be merged, as one is of ${a.levels} virtual timesteps and one of ${b.levels}`,
    );
  }
  const sameSize = a.input?.height === b.input?.height && a.input?.width === b.input?.width;
  return summarise({
    pictures: a.pictures + b.pictures,
    ...(a.input && sameSize ? { input: a.input } : {}),
    levels: a.levels,
    timesteps: a.timesteps,
    layers: pairs(a.layers, b.layers).map(addLayers),
    operations: pairs(a.operations, b.operations).map(addOperations),
    executed: pairs(a.executed, b.executed).map(addOperations),
  });
}

function addLayers([a, b]: readonly [LayerFiring, LayerFiring]): LayerCounts {
  const layer: { -readonly [K in keyof LayerCounts]: LayerCounts[K] } = {
    ...a,
    histogram: addHistograms([a.histogram, b.histogram]),
    accumulates: a.accumulates + b.accumulates,
    denseMacs: a.denseMacs + b.denseMacs,
    channelSpikes: a.channelSpikes.map((spikes, c) => spikes + (b.channelSpikes[c] ?? 0)),
  };
  delete layer.map;
  delete layer.spikeCounts;
  return layer;
}

function addOperations([a, b]: readonly [LayerOperations, LayerOperations]): LayerOperations {
  return {
    ...a,
    accumulates: a.accumulates + b.accumulates,
    macs: a.macs + b.macs,
    denseMacs: a.denseMacs + b.denseMacs,
    nominalMacs: a.nominalMacs + b.nominalMacs,
    rateAccumulates: a.rateAccumulates + b.rateAccumulates,
  };
}

interface Named {
  readonly name: string;
  readonly channels?: number;
}

function pairs<T extends Named>(a: readonly T[], b: readonly T[]): (readonly [T, T])[] {
  return a.map((one, i) => {
    const other = b[i];
    if (a.length === b.length && other?.name === one.name && other.channels === one.channels) {
      return [one, other];
    }
    throw new SpikesegError(
      'invalid-argument',
      `these statistics cannot be merged, as one has no ${one.name}: take them from one model`,
    );
  });
}
