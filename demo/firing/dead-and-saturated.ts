import type { LayerFiring } from '../../src/index.ts';
import { percent } from '../format.ts';
import { Figure } from './figure.ts';
import { grouped, share } from './format.ts';
import { Ribbon } from './ribbon.ts';
import { niceCeil } from './scales.ts';
import type { FiringPicture, FiringView, Select } from './view.ts';

/** Which layers have neurons at either end of their range. */
export class DeadAndSaturated implements FiringPicture {
  readonly title = 'Dead and saturated';
  readonly element: HTMLElement;
  readonly #select: Select;
  readonly #figure: Figure;
  readonly #ribbon: Ribbon;

  constructor(select: Select) {
    this.#select = select;
    this.#ribbon = new Ribbon('ends', 'Layer, by its saturated and dead neurons', {
      onPick: (layer) => select({ layer }),
      onPoint: (words) => this.#figure.point(words),
    });
    this.#figure = new Figure({
      title: this.title,
      caption:
        'Upwards: the part of a layer’s units that fire D spikes and so may have more to say than they ' +
        'can. Downwards: the part of its channels that fire nowhere on this photo; on another they may.',
      body: [this.#ribbon.element],
    });
    this.element = this.#figure.element;
    this.element.classList.add('wide');
  }

  show({ result, selection, layer }: FiringView): void {
    const { layers } = result.statistics;
    const order = [...layers.keys()];
    const saturated = layers.map((one) => one.saturated / one.units);
    const dead = layers.map((one) => one.deadChannels / one.channels);
    const [up, down] = [niceCeil(Math.max(...saturated)), niceCeil(Math.max(...dead))];
    this.#ribbon.show({
      layers,
      order,
      selected: selection.layer,
      up: { values: saturated, most: up, label: `${percent(up)} saturated` },
      down: { values: dead, most: down, label: `${percent(down)} dead` },
      describe: (index) => describe(layers[index] ?? layer),
    });
    this.#figure.setReadout(describe(layer));
    this.#figure.setTable(() => ({
      columns: ['Layer', 'Channels', 'Dead channels', 'Units', 'Saturated units', 'Saturated'],
      rows: layers.map((one, i) => [
        one.name,
        grouped(one.channels),
        grouped(one.deadChannels),
        grouped(one.units),
        grouped(one.saturated),
        share(saturated[i] ?? 0),
      ]),
      selected: selection.layer,
      onPick: (index) => this.#select({ layer: index }),
    }));
  }
}

function describe({ name, saturated, units, deadChannels, channels }: LayerFiring): string {
  return `${name}: ${share(saturated / units)} of units saturated, ${deadChannels} of ${channels} channels dead`;
}
