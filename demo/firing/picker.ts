import type { Plot } from './plot.ts';

/** Things in a plot, one of which can be picked. */
export interface Choices {
  readonly count: number;
  /** The picked one. */
  readonly index: number | undefined;
  /** Things in a row, if they are a grid. @defaultValue all */
  readonly columns?: number;
  /** The thing at a place of the sheet. */
  readonly at: (x: number, y: number) => number | undefined;
  /** The thing and its value, in words. */
  readonly describe: (index: number) => string;
}

export interface PickerEvents {
  readonly onPick: (index: number) => void;
  /** The thing under the pointer, in words, or (undefined) none. */
  readonly onPoint: (words: string | undefined) => void;
}

/** Lets people pick a thing in a plot: by pointer, or by the keys of a slider, which it is to assistive technology. */
export class Picker {
  readonly #plot: Plot;
  readonly #events: PickerEvents;
  #choices: Choices | undefined;

  constructor(plot: Plot, label: string, events: PickerEvents) {
    this.#plot = plot;
    this.#events = events;
    const { canvas } = plot;
    canvas.tabIndex = 0;
    canvas.role = 'slider';
    canvas.ariaLabel = label;
    canvas.ariaValueMin = '0';
    canvas.addEventListener('pointermove', (event) => this.#point(event));
    canvas.addEventListener('pointerleave', () => events.onPoint(undefined));
    canvas.addEventListener('click', (event) => this.#pick(this.#at(event)));
    canvas.addEventListener('keydown', (event) => this.#key(event));
  }

  setChoices(choices: Choices): void {
    this.#choices = choices;
    const { canvas } = this.#plot;
    const { count, index, describe } = choices;
    canvas.ariaValueMax = String(count - 1);
    canvas.ariaValueNow = String(index ?? 0);
    canvas.ariaValueText = index === undefined ? 'none' : describe(index);
  }

  #at(event: MouseEvent): number | undefined {
    const { x, y } = this.#plot.locate(event);
    return this.#choices?.at(x, y);
  }

  #point(event: PointerEvent): void {
    const index = this.#at(event);
    this.#plot.canvas.classList.toggle('over', index !== undefined);
    this.#events.onPoint(index === undefined ? undefined : this.#choices?.describe(index));
  }

  #pick(index: number | undefined): void {
    if (index !== undefined) this.#events.onPick(index);
  }

  #key(event: KeyboardEvent): void {
    if (this.#choices === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    const { count, index, columns } = this.#choices;
    const to = stepped(event.key, index, count, columns);
    if (to === undefined) return;
    event.preventDefault();
    this.#events.onPick(to);
  }
}

/** Where a key leads from one of `count` things, `columns` in a row; undefined if nowhere. */
export function stepped(
  key: string,
  from: number | undefined,
  count: number,
  columns?: number,
): number | undefined {
  // In a grid, down is the next row; on a line, up is more, as on any slider.
  const steps: Readonly<Record<string, number>> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: columns ?? -1,
    ArrowUp: -(columns ?? -1),
    PageDown: 10 * (columns ?? -1),
    PageUp: -10 * (columns ?? -1),
    Home: -count,
    End: count,
  };
  const step = steps[key];
  if (step === undefined || count === 0) return undefined;
  if (from === undefined) return key === 'End' ? count - 1 : 0;
  const to = from + step;
  if (columns !== undefined && Math.abs(step) === columns && (to < 0 || to >= count)) return from;
  return Math.min(Math.max(to, 0), count - 1);
}
