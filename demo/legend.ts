import type { ClassShare, ModelClass } from '../src/index.ts';
import { context2d, element, make } from './dom.ts';
import { percent } from './format.ts';
import { inkOn } from './palette.ts';
import { hasInk } from './patterns.ts';

export interface LegendEvents {
  /** A class was switched on or off; `hidden` is what is off now. */
  readonly onHidden: (hidden: ReadonlySet<number>) => void;
  /** A row is pointed at or has the focus, or (undefined) no longer. */
  readonly onSpotlight: (label: number | undefined) => void;
}

interface Row {
  readonly button: HTMLButtonElement;
  readonly swatch: HTMLCanvasElement;
  readonly meter: HTMLElement;
  readonly share: HTMLElement;
  readonly color: string;
}

/** Side of a swatch, in canvas pixels. */
const SWATCH = 24;

/** The classes of a model: colour, name, area; a click on one hides it or shows it again. */
export class Legend {
  readonly #list = element('legend', HTMLElement);
  readonly #events: LegendEvents;
  readonly #hidden = new Set<number>();
  #patterns = false;
  #rows: readonly Row[] = [];

  constructor(events: LegendEvents) {
    this.#events = events;
  }

  /** Starts over with the classes of another model, all of them shown. */
  setClasses(classes: readonly ModelClass[], colors: readonly string[]): void {
    this.#hidden.clear();
    this.#rows = classes.map((item, label) => this.#row(item, label, colors[label] ?? item.color));
    this.#list.replaceChildren(...this.#rows.map(({ button }) => make('li', {}, button)));
    this.setPatterns(this.#patterns);
    this.#events.onHidden(this.#hidden);
  }

  /** Shows the areas of a result, or none. */
  setShares(classes: readonly ClassShare[] | undefined): void {
    this.#rows.forEach((row, label) => {
      const share = classes?.[label]?.share ?? 0;
      row.share.textContent = classes === undefined ? '' : percent(share);
      row.meter.style.setProperty('--share', String(share));
      row.button.classList.toggle('absent', classes !== undefined && share === 0);
    });
  }

  setPatterns(patterns: boolean): void {
    this.#patterns = patterns;
    this.#rows.forEach(({ swatch, color }, label) => {
      const context = context2d(swatch);
      context.fillStyle = color;
      context.fillRect(0, 0, SWATCH, SWATCH);
      context.fillStyle = inkOn(color);
      for (let i = 0; patterns && i < SWATCH * SWATCH; i++) {
        const x = i % SWATCH;
        const y = Math.floor(i / SWATCH);
        if (hasInk(label, x, y, 1)) context.fillRect(x, y, 1, 1);
      }
    });
  }

  /** Marks the row of the class under the pointer. */
  mark(label: number | undefined): void {
    this.#rows.forEach(({ button }, i) => button.classList.toggle('marked', i === label));
  }

  #row(item: ModelClass, label: number, color: string): Row {
    const swatch = make('canvas', { width: SWATCH, height: SWATCH, className: 'swatch' });
    swatch.ariaHidden = 'true';
    const share = make('span', { className: 'share' });
    const meter = make('span', { className: 'meter' });
    meter.style.setProperty('--color', color);
    const name = make('span', { className: 'name' }, item.name);
    const button = make('button', { type: 'button', className: 'row' }, swatch, name, meter, share);
    button.ariaPressed = 'true';
    button.addEventListener('click', () => this.#toggle(label, button));
    const { onSpotlight } = this.#events;
    button.addEventListener('pointerenter', ({ pointerType }) => {
      // A finger that scrolls past is not pointing.
      if (pointerType === 'mouse' && !this.#hidden.has(label)) onSpotlight(label);
    });
    button.addEventListener('pointerleave', () => onSpotlight(undefined));
    button.addEventListener('focus', () => {
      if (button.matches(':focus-visible') && !this.#hidden.has(label)) onSpotlight(label);
    });
    button.addEventListener('blur', () => onSpotlight(undefined));
    return { button, swatch, meter, share, color };
  }

  #toggle(label: number, button: HTMLButtonElement): void {
    const shown = this.#hidden.delete(label);
    if (!shown) this.#hidden.add(label);
    button.ariaPressed = String(shown);
    this.#events.onSpotlight(undefined);
    this.#events.onHidden(this.#hidden);
  }
}
