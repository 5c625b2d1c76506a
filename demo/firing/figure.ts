import { make } from '../dom.ts';
import { TableView, type Table } from './table.ts';

export interface FigureParts {
  readonly title: string;
  /** Says in a sentence or two what is seen and how it is defined. */
  readonly caption: string;
  /** The canvas or canvases. */
  readonly body: readonly HTMLElement[];
  /** What changes how this picture looks; beside the title. */
  readonly controls?: readonly HTMLElement[];
  /** Shows the table at once. @defaultValue false */
  readonly open?: boolean;
  /** Has screen readers tell what the line under the title says as soon as it changes. @defaultValue false */
  readonly live?: boolean;
}

/**
 * The frame that all pictures of the firing section have: title, controls, a line that names what the
 * pointer or the keyboard is at, the picture, its caption, and the same numbers as a table.
 */
export class Figure {
  readonly element: HTMLElement;
  readonly #readout = make('p', { className: 'readout' });
  readonly #details: HTMLDetailsElement;
  readonly #numbers = new TableView();
  #selected = '';
  #pointed: string | undefined;
  #table: (() => Table) | undefined;

  constructor({ title, caption, body, controls = [], open = false, live = false }: FigureParts) {
    if (live) this.#readout.role = 'status';
    const heading = make('h3', {}, title);
    const summary = make(
      'summary',
      {},
      'Table',
      make('span', { className: 'unseen' }, `: ${title}`),
    );
    const scroll = make(
      'div',
      { className: 'scroll', tabIndex: 0, role: 'region' },
      this.#numbers.element,
    );
    scroll.ariaLabel = `Table: ${title}`;
    this.#details = make('details', { open }, summary, scroll);
    this.#details.addEventListener('toggle', () => this.#renderTable());
    this.element = make(
      'figure',
      { className: 'firing-figure' },
      make('div', { className: 'figure-head' }, heading, ...controls),
      this.#readout,
      ...body,
      make('figcaption', {}, caption),
      this.#details,
    );
    this.element.ariaLabel = title;
  }

  /** Says what is selected. */
  setReadout(text: string): void {
    this.#selected = text;
    this.#readout.textContent = this.#pointed ?? text;
  }

  /** Says what is pointed at, as long as it is. */
  point(text: string | undefined): void {
    this.#pointed = text;
    this.#readout.textContent = text ?? this.#selected;
  }

  /** @param table - is called only while the table is open; undefined if there are no numbers */
  setTable(table: (() => Table) | undefined): void {
    this.#table = table;
    this.#details.hidden = table === undefined;
    this.#renderTable();
  }

  #renderTable(): void {
    if (this.#details.open && this.#table) this.#numbers.show(this.#table());
  }
}
