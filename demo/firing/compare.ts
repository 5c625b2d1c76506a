import { make } from '../dom.ts';
import { paintDumbbells } from './dumbbells.ts';
import { Figure } from './figure.ts';
import { share } from './format.ts';
import { byDifference, pairLayers, type Pair } from './pairs.ts';
import { Picker } from './picker.ts';
import { Plot } from './plot.ts';
import type { Table } from './table.ts';
import type { FiringPicture, FiringResult, FiringView, Select } from './view.ts';

const TITLE = 'A and B';

/** What is kept of a result to compare others with. */
interface Held {
  readonly statistics: FiringResult['statistics'];
  readonly name: string;
}

/** The difference that another photo or another model makes to the rate of every layer. */
export class Compare implements FiringPicture {
  readonly title = TITLE;
  readonly element: HTMLElement;
  readonly #select: Select;
  readonly #figure: Figure;
  readonly #plot = new Plot('ribbon dumbbells');
  readonly #picker: Picker;
  readonly #hold = make('button', { type: 'button', className: 'plain' }, 'Hold this as A');
  readonly #sorted = make('input', { type: 'checkbox' });
  readonly #modelName: () => string;
  #held: Held | undefined;
  #view: FiringView | undefined;
  #pairs: readonly Pair[] = [];

  /** @param modelName - of the model that gives the results now */
  constructor(select: Select, modelName: () => string) {
    this.#select = select;
    this.#modelName = modelName;
    this.#picker = new Picker(this.#plot, 'Layer, by what B changes', {
      onPick: (position) => this.#pick(position),
      onPoint: (words) => this.#figure.setReadout(words ?? this.#words()),
    });
    this.#hold.addEventListener('click', () => {
      if (this.#view === undefined) return;
      this.#held = this.#holdable(this.#view.result);
      this.show(this.#view);
    });
    this.#sorted.addEventListener('change', () => this.#view && this.show(this.#view));
    this.#figure = new Figure({
      title: TITLE,
      caption:
        'Hold a result as A, then choose another photo or another model: that is B. Each line leads from ' +
        'the rate of a layer on A (ring) to that on B (dot). Layers are matched by their names.',
      body: [make('div', { className: 'ribbon-scroll' }, this.#plot.canvas)],
      controls: [make('label', {}, this.#sorted, ' Largest difference first'), this.#hold],
    });
    this.element = this.#figure.element;
    this.element.classList.add('wide');
  }

  show(view: FiringView): void {
    this.#view = view;
    const held = (this.#held ??= this.#holdable(view.result));
    const pairs = pairLayers(held.statistics, view.result.statistics);
    this.#pairs = this.#sorted.checked ? byDifference(pairs) : pairs;
    const index = this.#pairs.findIndex((pair) => pair.index === view.selection.layer);
    const selected = index < 0 ? undefined : index;
    this.#plot.draw((sheet) => paintDumbbells(sheet, this.#pairs, selected));
    this.#picker.setChoices({
      count: this.#pairs.length,
      index: selected,
      at: (x) => {
        const position = Math.floor((x / this.#plot.canvas.clientWidth) * this.#pairs.length);
        return position >= 0 && position < this.#pairs.length ? position : undefined;
      },
      describe: (position) => pairWords(this.#pairs[position]),
    });
    this.#figure.setReadout(this.#words());
    this.#figure.setTable(() => this.#table(selected));
  }

  #holdable({ statistics, fileName }: FiringResult): Held {
    return { statistics, name: `${fileName}, ${this.#modelName()}` };
  }

  #pick(position: number): void {
    const pair = this.#pairs[position];
    if (pair !== undefined) this.#select({ layer: pair.index });
  }

  /** What A and B are, how they differ in all, and in the selected layer. */
  #words(): string {
    const [held, view] = [this.#held, this.#view];
    if (held === undefined || view === undefined) return '';
    const { result, selection } = view;
    const [a, b] = [held.statistics.totals.rate, result.statistics.totals.rate];
    const about = `A: ${held.name}, rate ${share(a)}. B: ${this.#holdable(result).name}, rate ${share(b)}.`;
    const pair = this.#pairs.find(({ index }) => index === selection.layer);
    if (this.#pairs.length === 0) return `${about} They have no layer in common.`;
    return pair === undefined ? about : `${about} ${pairWords(pair)}`;
  }

  #table(selected: number | undefined): Table {
    return {
      columns: ['Layer', 'Rate on A', 'Rate on B', 'Difference'],
      rows: this.#pairs.map(({ name, a, b, difference }) => [
        name,
        share(a.rate),
        share(b.rate),
        signed(difference),
      ]),
      selected,
      onPick: (row) => this.#pick(row),
    };
  }
}

function pairWords(pair: Pair | undefined): string {
  if (pair === undefined) return '';
  const { name, a, b, difference } = pair;
  return `${name}: ${share(a.rate)} on A, ${share(b.rate)} on B (${signed(difference)})`;
}

function signed(difference: number): string {
  return `${difference < 0 ? '−' : '+'}${share(Math.abs(difference))}`;
}
