import { LAYER_GROUPS } from '../model/layer-groups.ts';
import type { FiringStatistics, OperationTotals } from '../model/statistics.ts';
import { addHistograms, firingCounts } from '../model/summarise.ts';
import { grouped, percent, table, type Paint } from './text.ts';

/** Statistics for people: the parts of the network, and what they cost. */
export function describeStatistics(statistics: FiringStatistics, paint: Paint): string {
  const { layers, totals, levels, pictures } = statistics;
  const group = (name: string, members: readonly { histogram: readonly number[] }[]) => {
    const counts = firingCounts(addHistograms(members.map(({ histogram }) => histogram)));
    const { countRate, rate, nonzeroRate, saturated, units } = counts;
    const rates = [rate, nonzeroRate, saturated / units].map(percent);
    return [name, members.length.toString(), countRate.toFixed(3), ...rates];
  };
  const head = ['', 'layers', 'mean count', 'rate', 'nonzero', 'saturated'];
  const rows = LAYER_GROUPS.map((name) =>
    group(
      name,
      layers.filter((layer) => layer.group === name),
    ),
  );
  const cost = (name: string, { accumulates, macs, energy }: Cost) => [
    name,
    grouped(Math.round(accumulates / pictures)),
    grouped(Math.round(macs / pictures)),
    `${energy.fp32.toFixed(3)} mJ`,
  ];
  const { network, engine, rateFormula } = totals;
  const dense = { accumulates: 0, macs: network.denseMacs, energy: network.denseEnergy };
  const costs = [
    ['per picture', 'accumulates', 'MACs', 'energy'],
    cost('layers of the original', network),
    cost('as executed here', engine),
    cost('rate × FLOPs', rateFormula),
    cost('dense twin', dense),
  ];
  const title = pictures === 1 ? '1 picture' : `${pictures} pictures`;
  return (
    `${paint.bold(title)}, D = ${levels}, ${totals.deadChannels} of ${totals.channels} channels dead\n` +
    `${table([head, ...rows, group('all', layers)], 'lrrrrr')}\n${table(costs, 'lrrr')}` +
    `${paint.dim('Energy: arithmetic only, fp32 at 45 nm; excludes memory.')}\n`
  );
}

type Cost = Pick<OperationTotals, 'accumulates' | 'macs' | 'energy'>;
