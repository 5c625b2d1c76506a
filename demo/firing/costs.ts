import {
  energy45nm,
  layerGroups,
  type EnergyPreset,
  type EnergyTable,
  type FiringStatistics,
  type LayerOperations,
} from '../../src/index.ts';

/** Arithmetic of some layers, and its energy in millijoules. */
export interface Cost {
  readonly name: string;
  readonly accumulates: number;
  readonly macs: number;
  readonly energy: number;
}

/** One part of the network: as counted, as the literature estimates it, and if nothing were spikes. */
export interface PartCost extends Cost {
  readonly formula: Cost;
  readonly dense: Cost;
}

/** Costs of the parts of the network, in their order. */
export function partCosts(
  operations: readonly LayerOperations[],
  preset: EnergyPreset,
): readonly PartCost[] {
  return layerGroups.map((name) => {
    const own = operations.filter(({ group }) => group === name);
    const sum = (value: (op: LayerOperations) => number) =>
      own.reduce((total, op) => total + value(op), 0);
    const formula = {
      accumulates: sum((op) => op.rateAccumulates),
      macs: sum((op) => (op.neurons.length > 0 ? 0 : op.nominalMacs)),
    };
    const counted = { accumulates: sum((op) => op.accumulates), macs: sum((op) => op.macs) };
    return {
      ...cost(name, counted, preset),
      formula: cost(name, formula, preset),
      dense: cost(name, { accumulates: 0, macs: sum((op) => op.denseMacs) }, preset),
    };
  });
}

/** The whole network, in the four ways to count it. */
export function totalCosts({ totals }: FiringStatistics, preset: EnergyPreset) {
  const { network, engine, rateFormula } = totals;
  const of = ({
    accumulates,
    macs,
    energy,
  }: Omit<Cost, 'name' | 'energy'> & { energy: EnergyTable }) => ({
    accumulates,
    macs,
    energy: energy[preset],
  });
  const dense = { accumulates: 0, macs: network.denseMacs, energy: network.denseEnergy };
  return {
    network: { name: 'As counted', ...of(network) },
    engine: { name: 'As run here', ...of(engine) },
    formula: { name: 'Rate × FLOPs', ...of(rateFormula) },
    dense: { name: 'Dense twin', ...of(dense) },
  } satisfies Readonly<Record<string, Cost>>;
}

function cost(
  name: string,
  { accumulates, macs }: { readonly accumulates: number; readonly macs: number },
  preset: EnergyPreset,
): Cost {
  const { accumulate, mac } = energy45nm[preset];
  return { name, accumulates, macs, energy: (accumulates * accumulate + macs * mac) * 1e-9 };
}
