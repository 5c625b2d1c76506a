import type { Plot } from './plot.ts';
import { stepped } from './steps.ts';

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
  /** Ahead of the choices while keys come faster than pictures are drawn. */
  #index: number | undefined;
  #pointed: number | undefined;

  constructor(plot: Plot, label: string, events: PickerEvents) {
    this.#plot = plot;
    this.#events = events;
    const { canvas } = plot;
    canvas.tabIndex = 0;
    canvas.role = 'slider';
    canvas.ariaLabel = label;
    canvas.ariaValueMin = '0';
    canvas.ariaValueMax = '0';
    this.#tell(undefined);
    canvas.addEventListener('pointermove', (event) => this.#point(this.#at(event)));
    canvas.addEventListener('pointerleave', () => this.#point(undefined));
    canvas.addEventListener('click', (event) => this.#pick(this.#at(event)));
    canvas.addEventListener('keydown', (event) => this.#key(event));
  }

  setChoices(choices: Choices): void {
    this.#choices = choices;
    this.#plot.canvas.ariaValueMax = String(choices.count - 1);
    this.#tell(choices.index);
    if (this.#pointed !== undefined) this.#point(this.#pointed);
  }

  #at(event: MouseEvent): number | undefined {
    const { x, y } = this.#plot.locate(event);
    return this.#choices?.at(x, y);
  }

  #point(index: number | undefined): void {
    const there = index !== undefined && index < (this.#choices?.count ?? 0);
    this.#pointed = there ? index : undefined;
    this.#plot.canvas.classList.toggle('over', there);
    this.#events.onPoint(there ? this.#choices?.describe(index) : undefined);
  }

  #pick(index: number | undefined): void {
    if (index === undefined) return;
    this.#tell(index);
    this.#events.onPick(index);
  }

  #tell(index: number | undefined): void {
    this.#index = index;
    const { canvas } = this.#plot;
    canvas.ariaValueNow = String(index ?? 0);
    canvas.ariaValueText = (index === undefined ? index : this.#choices?.describe(index)) ?? 'none';
  }

  #key(event: KeyboardEvent): void {
    if (this.#choices === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    const { count, columns } = this.#choices;
    const to = stepped(event.key, this.#index, count, columns);
    if (to === undefined) return;
    event.preventDefault();
    this.#pick(to);
  }
}
