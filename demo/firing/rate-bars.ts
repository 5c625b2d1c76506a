import type { LayerFiring } from '../../src/index.ts';
import { make } from '../dom.ts';
import { percent } from '../format.ts';
import { Figure } from './figure.ts';
import { compact, grouped, share } from './format.ts';
import { sortLayers, SORT_KEYS, type SortKey } from './layers.ts';
import { Ribbon } from './ribbon.ts';
import { niceCeil } from './scales.ts';
import type { Table } from './table.ts';
import type { FiringPicture, FiringView, Select } from './view.ts';

const TITLE = 'Layers';
const SORT_NAMES: Readonly<Record<SortKey, string>> = {
  order: 'Order of execution',
  rate: 'Firing rate',
  spikes: 'Spikes',
  accumulates: 'Accumulates caused',
};

/** A bar for the firing rate of every layer. */
export class RateBars implements FiringPicture {
  readonly title = TITLE;
  readonly element: HTMLElement;
  readonly #select: Select;
  readonly #figure: Figure;
  readonly #ribbon: Ribbon;
  readonly #sort = make('select', {});
  readonly #grouped = make('input', { type: 'checkbox', checked: true });
  #view: FiringView | undefined;

  constructor(select: Select) {
    this.#select = select;
    this.#sort.append(...SORT_KEYS.map((key) => new Option(SORT_NAMES[key], key)));
    this.#ribbon = new Ribbon('rates', 'Layer, by its firing rate', {
      onPick: (layer) => select({ layer }),
      onPoint: (words) => this.#figure.point(words),
    });
    this.#figure = new Figure({
      title: TITLE,
      caption:
        'A bar is a layer of neurons, its height the firing rate: mean spike count / D. Click one, or ' +
        'move with the arrow keys, and all pictures show that layer.',
      body: [this.#ribbon.element],
      controls: [
        make('label', {}, 'Sort by ', this.#sort),
        make('label', {}, this.#grouped, ' Keep stages together'),
      ],
    });
    this.element = this.#figure.element;
    this.element.classList.add('wide');
    for (const control of [this.#sort, this.#grouped]) {
      control.addEventListener('change', () => this.#view && this.show(this.#view));
    }
  }

  show(view: FiringView): void {
    this.#view = view;
    const { layers } = view.result.statistics;
    const key = SORT_KEYS.find((name) => name === this.#sort.value) ?? 'order';
    const order = sortLayers(layers, key, this.#grouped.checked);
    const quantity = key === 'order' ? 'rate' : key;
    const values = layers.map((layer) => layer[quantity]);
    const most = niceCeil(Math.max(...values));
    this.#ribbon.show({
      layers,
      order,
      selected: view.selection.layer,
      up: { values, most, label: quantity === 'rate' ? percent(most) : compact(most) },
      describe: (index) => words(layers[index] ?? view.layer),
    });
    this.#figure.setReadout(words(view.layer));
    this.#figure.setTable(() => this.#table(layers, order, view.selection.layer));
  }

  #table(layers: readonly LayerFiring[], order: readonly number[], selected: number): Table {
    const rows = order.flatMap((index) => {
      const layer = layers[index];
      if (layer === undefined) return [];
      const { name, group, rate, countRate, nonzeroRate, spikes, accumulates } = layer;
      const rates = [share(rate), countRate.toFixed(4), share(nonzeroRate)];
      return [[name, group, ...rates, grouped(spikes), grouped(accumulates)]];
    });
    return {
      columns: ['Layer', 'Stage', 'Rate', 'Count rate', 'Non-zero', 'Spikes', 'Accumulates'],
      rows,
      selected: order.indexOf(selected),
      onPick: (row) => this.#select({ layer: order[row] ?? 0 }),
    };
  }
}

function words({ name, rate, spikes, accumulates }: LayerFiring): string {
  return `${name}: rate ${share(rate)}, ${compact(spikes)} spikes, ${compact(accumulates)} accumulates`;
}
