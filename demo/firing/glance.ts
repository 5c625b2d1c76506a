import type { FiringCounts } from '../../src/index.ts';
import { make } from '../dom.ts';
import { grouped, share } from './format.ts';
import type { FiringPicture, FiringView } from './view.ts';

interface Quantity {
  readonly name: string;
  readonly definition: string;
  readonly of: (
    counts: FiringCounts & { readonly channels: number; readonly deadChannels: number },
  ) => string;
}

const QUANTITIES: readonly Quantity[] = [
  {
    name: 'Firing rate',
    definition:
      'Normalised rate: spikes / (units · T · D), the part of the virtual timesteps with a spike.',
    of: ({ rate }) => share(rate),
  },
  {
    name: 'Count rate',
    definition:
      'Spikes / units: the mean spike count of a unit, 0 to D. A unit is a neuron at a position.',
    of: ({ countRate }) => countRate.toFixed(4),
  },
  {
    name: 'Non-zero rate',
    definition: 'Units that fire at all / units.',
    of: ({ nonzeroRate }) => share(nonzeroRate),
  },
  {
    name: 'Saturated',
    definition: 'Units that fire D spikes / units.',
    of: ({ saturated, units }) => share(saturated / units),
  },
  {
    name: 'Dead channels',
    definition: 'Channels that fire nowhere on this photo.',
    of: ({ deadChannels, channels }) => `${grouped(deadChannels)}\u00a0/\u00a0${grouped(channels)}`,
  },
  {
    name: 'Spikes',
    definition: 'Sum of the spike counts of all units.',
    of: ({ spikes }) => grouped(spikes),
  },
];

/** The numbers that papers cite, of the network and of the selected layer, each with its definition. */
export class Glance implements FiringPicture {
  readonly title = 'At a glance';
  readonly element = make('div', { className: 'glance wide' });
  readonly #cells = QUANTITIES.map(({ name, definition }) => {
    const network = make('dd', { className: 'of-network' });
    const layer = make('dd', { className: 'of-layer' });
    const card = make(
      'div',
      {},
      make('dt', {}, name),
      network,
      layer,
      make('dd', { className: 'note' }, definition),
    );
    return { network, layer, card };
  });

  constructor() {
    this.element.append(make('dl', {}, ...this.#cells.map(({ card }) => card)));
  }

  show({ result, layer }: FiringView): void {
    QUANTITIES.forEach(({ of }, i) => {
      const cell = this.#cells[i];
      if (cell === undefined) return;
      cell.network.textContent = of(result.statistics.totals);
      cell.layer.textContent = `this layer ${of(layer)}`;
    });
  }
}
