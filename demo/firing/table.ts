import { make } from '../dom.ts';

/** A picture in numbers, given as they are to be read. The first cell of a row names it. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Rows that add up the others. */
  readonly sums?: readonly (readonly string[])[];
  /** Marked as selected. */
  readonly selected?: number | undefined;
  /** Makes the names of the rows buttons. */
  readonly onPick?: (row: number) => void;
}

/** A table of the page. To show new numbers keeps its elements, and so the focus and the place. */
export class TableView {
  readonly element = make('table', { className: 'firing-table' });
  #shape = '';
  #onPick: Table['onPick'];

  constructor() {
    this.element.addEventListener('click', ({ target }) => {
      const row = target instanceof HTMLButtonElement ? target.closest('tr') : null;
      if (row) this.#onPick?.(row.sectionRowIndex);
    });
  }

  show(table: Table): void {
    const { columns, rows, sums = [], selected, onPick } = table;
    const lines = [columns, ...rows, ...sums];
    const shape = [rows.length, ...lines.map(({ length }) => length)].join();
    if (shape !== this.#shape) this.element.replaceChildren(...sections(table));
    this.#shape = shape;
    this.#onPick = onPick;
    lines.forEach((texts, i) => {
      const line = this.element.rows[i];
      if (line) fill(line, texts, i > 0 && i - 1 === selected);
    });
  }
}

function sections({ columns, rows, sums = [], onPick }: Table): readonly HTMLElement[] {
  const line = (pick: boolean) => (texts: readonly string[]) => {
    const name = make(
      'th',
      { scope: 'row' },
      ...(pick ? [make('button', { type: 'button' })] : []),
    );
    return make('tr', {}, name, ...texts.slice(1).map(() => make('td')));
  };
  const head = make('tr', {}, ...columns.map(() => make('th', { scope: 'col' })));
  return [
    make('thead', {}, head),
    make('tbody', {}, ...rows.map(line(onPick !== undefined))),
    make('tfoot', {}, ...sums.map(line(false))),
  ];
}

function fill(line: HTMLTableRowElement, texts: readonly string[], selected: boolean): void {
  line.ariaCurrent = selected ? 'true' : null;
  texts.forEach((text, i) => {
    const cell = line.cells[i];
    const holder = cell?.firstElementChild ?? cell;
    if (holder && holder.textContent !== text) holder.textContent = text;
  });
}
