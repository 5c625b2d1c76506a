import { ENERGY_45NM, energyMillijoules, type EnergyPreset } from './energy.ts';
import type {
  EnergyTable,
  FiringCounts,
  FiringStatistics,
  LayerFiring,
  LayerOperations,
  OperationTotals,
} from './statistics.ts';

/** What is counted of a neuron layer; the rest follows. */
export type LayerCounts = Omit<LayerFiring, keyof FiringCounts | 'deadChannels'>;

export interface NetworkCounts extends Pick<
  FiringStatistics,
  'pictures' | 'input' | 'levels' | 'timesteps' | 'operations' | 'executed'
> {
  readonly layers: readonly LayerCounts[];
}

/** Rates, totals and energies of what was counted. */
export function summarise(counts: NetworkCounts): FiringStatistics {
  const layers = counts.layers.map((layer): LayerFiring => {
    const deadChannels = layer.channelSpikes.filter((spikes) => spikes === 0).length;
    return { ...layer, ...firingCounts(layer.histogram), deadChannels };
  });
  const { pictures, operations, executed } = counts;
  const formula = {
    accumulates: sum(operations, (op) => op.rateAccumulates),
    macs: sum(operations, (op) => (op.neurons.length > 0 ? 0 : op.nominalMacs)),
  };
  return {
    ...counts,
    layers,
    totals: {
      ...firingCounts(addHistograms(layers.map(({ histogram }) => histogram))),
      layers: layers.length,
      channels: sum(layers, ({ channels }) => channels),
      deadChannels: sum(layers, ({ deadChannels }) => deadChannels),
      network: operationTotals(operations, pictures),
      engine: operationTotals(executed, pictures),
      rateFormula: { ...formula, energy: energyTable(formula, pictures) },
    },
  };
}

/** All that a histogram of 0..D spikes tells. */
export function firingCounts(histogram: readonly number[]): FiringCounts {
  const levels = histogram.length - 1;
  const units = sum(histogram, (count) => count);
  const spikes = histogram.reduce((total, count, k) => total + k * count, 0);
  const nonzero = units - (histogram[0] ?? 0);
  return {
    units,
    spikes,
    nonzero,
    saturated: histogram[levels] ?? 0,
    countRate: spikes / units,
    rate: spikes / (units * levels),
    nonzeroRate: nonzero / units,
  };
}

export function addHistograms(histograms: readonly (readonly number[])[]): number[] {
  const [first = [], ...others] = histograms;
  return first.map((count, k) => count + sum(others, (histogram) => histogram[k] ?? 0));
}

function operationTotals(
  operations: readonly LayerOperations[],
  pictures: number,
): OperationTotals {
  const accumulates = sum(operations, (op) => op.accumulates);
  const macs = sum(operations, (op) => op.macs);
  const denseMacs = sum(operations, (op) => op.denseMacs);
  return {
    accumulates,
    macs,
    denseMacs,
    energy: energyTable({ accumulates, macs }, pictures),
    denseEnergy: energyTable({ accumulates: 0, macs: denseMacs }, pictures),
  };
}

function energyTable(
  operations: { readonly accumulates: number; readonly macs: number },
  pictures: number,
): EnergyTable {
  const energy = (preset: EnergyPreset) =>
    energyMillijoules(operations, ENERGY_45NM[preset]) / pictures;
  return { fp32: energy('fp32'), fp16: energy('fp16'), int8: energy('int8') };
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
