import { layerGroups } from '../../src/index.ts';
import { Figure } from './figure.ts';
import { share } from './format.ts';
import { History } from './history.ts';
import { paintLines, type Line } from './lines-plot.ts';
import { Plot } from './plot.ts';
import { stageColor } from './scales.ts';
import type { Table } from './table.ts';
import type { FiringPicture, FiringResult, FiringView } from './view.ts';

const TITLE = 'Rates over time';
/** Results shown. */
const MOST = 120;

/** How the firing rates change from result to result: frames of a video, or photos in turn. */
export class Timeline implements FiringPicture {
  readonly title = TITLE;
  readonly element: HTMLElement;
  readonly #figure: Figure;
  readonly #plot = new Plot('timeline');
  readonly #history = new History(MOST);

  constructor() {
    this.#plot.canvas.role = 'img';
    this.#plot.canvas.ariaLabel = 'Rates over time; the table has the numbers';
    this.#figure = new Figure({
      title: TITLE,
      caption:
        `The firing rate of each part of the network, and (thick) of the selected layer, over the last ` +
        `${MOST} results: frames of a camera or a video, or one photo after another. A part's rate is that ` +
        `of all its units together.`,
      body: [this.#plot.canvas],
    });
    this.element = this.#figure.element;
    this.element.classList.add('wide');
  }

  record({ statistics }: FiringResult): void {
    this.#history.record(statistics);
  }

  show({ selection, layer }: FiringView): void {
    const { moments } = this.#history;
    const own = moments.map(({ layers }) => layers[selection.layer] ?? NaN);
    const stages = layerGroups.map((label, i): Line => ({
      label,
      values: moments.map(({ stages }) => stages[i] ?? NaN),
      color: stageColor(i),
    }));
    const lines = stages.filter(({ values }) => values.some((value) => value >= 0));
    this.#plot.draw((sheet) =>
      paintLines(sheet, [...lines, { label: layer.name, values: own, color: undefined }]),
    );
    const count = moments.length;
    const results = count === 1 ? '1 result so far' : `${count} results`;
    this.#figure.setReadout(`${results}. Now ${layer.name}: ${share(own.at(-1) ?? 0)}`);
    this.#figure.setTable(() => table(lines, own));
  }
}

/** The latest result first. */
function table(lines: readonly Line[], own: readonly number[]): Table {
  const rows = own.map((value, i) => [
    String(i + 1),
    share(value),
    ...lines.map(({ values }) => share(values[i] ?? NaN)),
  ]);
  return {
    columns: ['Result', 'Selected layer', ...lines.map(({ label }) => label)],
    rows: rows.reverse(),
  };
}
