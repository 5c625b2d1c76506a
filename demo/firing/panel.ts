import type { StatisticsOptions } from '../../src/index.ts';
import { element } from '../dom.ts';
import { membersOf } from './layers.ts';
import { ChannelGrid } from './channel-grid.ts';
import { DeadAndSaturated } from './dead-and-saturated.ts';
import { Energy } from './energy.ts';
import { Exports, type Origin } from './exports.ts';
import { FiringMap } from './firing-map.ts';
import { Glance } from './glance.ts';
import { Histogram } from './histogram.ts';
import { RateBars } from './rate-bars.ts';
import { SelectionBar } from './selection-bar.ts';
import type { FiringPicture, FiringResult, FiringSelection, FiringView, Select } from './view.ts';

const START: FiringSelection = {
  layer: 0,
  channel: undefined,
  place: undefined,
  scope: 'layer',
};

/** Pictures are drawn a little before they come into sight. */
const NEAR = '25%';

/** Class of pictures that show an earlier view or none, until they come near the screen: tests wait for it. */
const STALE = 'stale';

const PICTURES = [Glance, RateBars, FiringMap, ChannelGrid, Histogram, DeadAndSaturated, Energy];

export interface FiringPanelEvents {
  /** Measuring was switched on or off. */
  readonly onSwitch: () => void;
  /** Asked when the numbers are saved: what gave the results. */
  readonly origin: () => Promise<Origin | undefined>;
  readonly onError: (error: unknown) => void;
}

/**
 * The firing section of the page: a switch, what is selected, and pictures that show it. Give it every
 * result by `setResult`, up to a video's rate: it draws once a frame, and only what is on the screen.
 */
export class FiringPanel {
  readonly #switch = element('measure-firing', HTMLInputElement);
  readonly #body = element('firing-body', HTMLElement);
  readonly #pictures = element('firing-pictures', HTMLElement);
  readonly #bar: SelectionBar;
  readonly #exports: Exports;
  /** Every picture, and the view that it shows. */
  readonly #shown = new Map<FiringPicture, FiringView | undefined>();
  readonly #visible = new Set<Element>();
  readonly #watch = new IntersectionObserver((entries) => this.#see(entries), {
    rootMargin: NEAR,
  });
  #result: FiringResult | undefined;
  #view: FiringView | undefined;
  #selection = START;
  #frame: number | undefined;

  constructor({ onSwitch, origin, onError }: FiringPanelEvents) {
    this.#exports = new Exports(origin, onError);
    this.#bar = new SelectionBar(this.select);
    this.#switch.addEventListener('change', () => {
      this.setResult(undefined);
      onSwitch();
    });
    for (const Picture of PICTURES) this.add(new Picture(this.select));
  }

  /** What to segment with: nothing is measured while the switch is off. */
  get options(): { readonly statistics?: StatisticsOptions } {
    if (!this.#switch.checked) return {};
    const pictures = [...this.#shown.keys()].filter(({ element }) => this.#visible.has(element));
    const spikes = pictures.some(({ wantsSpikes }) => wantsSpikes);
    // Another model, which has no result yet, may have no such layer.
    const layer = this.#result && this.#view?.layer.name;
    return { statistics: { maps: true, spikes: spikes && layer !== undefined ? [layer] : [] } };
  }

  /** Puts one more picture below the others. */
  add(picture: FiringPicture): void {
    this.#shown.set(picture, undefined);
    this.#pictures.append(picture.element);
    this.#watch.observe(picture.element);
  }

  /** Changes what is selected, in all pictures. */
  readonly select: Select = (change) => {
    const moved = change.layer !== undefined && change.layer !== this.#selection.layer;
    const selection = { ...this.#selection, ...(moved ? { channel: undefined } : {}), ...change };
    this.#selection = selection;
    this.#refresh();
  };

  /** Shows how the network fired on a picture, or (undefined) that this is not known. */
  setResult(result: FiringResult | undefined): void {
    this.#result = result;
    this.#exports.setResult(result);
    this.#body.inert = result === undefined;
    this.#body.hidden = !this.#switch.checked;
    if (result === undefined) return;
    for (const picture of this.#shown.keys()) picture.record?.(result);
    this.#refresh();
  }

  #refresh(): void {
    const result = this.#result;
    if (result === undefined) return;
    const { layers } = result.statistics;
    const layer = layers[this.#selection.layer] ?? layers[0];
    if (layer === undefined) return;
    const selection = { ...this.#selection, layer: layers.indexOf(layer) };
    const members = membersOf(layers, layer, selection.scope);
    this.#selection = selection;
    this.#view = { result, selection, layer, members };
    for (const { element } of this.#shown.keys()) element.classList.add(STALE);
    this.#schedule();
  }

  #see(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.#visible.add(target);
      else this.#visible.delete(target);
    }
    this.#schedule();
  }

  #schedule(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      const view = this.#view;
      if (view === undefined) return;
      this.#bar.show(view);
      for (const [picture, shown] of this.#shown) {
        if (shown === view || !this.#visible.has(picture.element)) continue;
        this.#shown.set(picture, view);
        picture.show(view);
        picture.element.classList.remove(STALE);
      }
    });
  }
}
