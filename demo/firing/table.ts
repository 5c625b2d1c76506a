import { make } from '../dom.ts';

/** A picture in numbers. The first column names the rows; numbers are given as they are to be read. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Marked as selected. */
  readonly selected?: number | undefined;
  /** Makes the names of the rows buttons. */
  readonly onPick?: (row: number) => void;
}

/** A table of the page. */
export function renderTable({ columns, rows, selected, onPick }: Table): HTMLTableElement {
  const head = columns.map((name) => make('th', { scope: 'col' }, name));
  const body = rows.map(([name = '', ...cells], row) => {
    const title = make('th', { scope: 'row' }, onPick ? pickButton(name, row, onPick) : name);
    const line = make('tr', {}, title, ...cells.map((cell) => make('td', {}, cell)));
    if (row === selected) line.ariaCurrent = 'true';
    return line;
  });
  return make(
    'table',
    { className: 'firing-table' },
    make('thead', {}, make('tr', {}, ...head)),
    make('tbody', {}, ...body),
  );
}

function pickButton(name: string, row: number, onPick: (row: number) => void): HTMLButtonElement {
  const button = make('button', { type: 'button' }, name);
  button.addEventListener('click', () => onPick(row));
  return button;
}
