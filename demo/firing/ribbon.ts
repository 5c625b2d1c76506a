import { layerGroups, type LayerFiring } from '../../src/index.ts';
import { make } from '../dom.ts';
import { runs } from './layers.ts';
import { Picker, type PickerEvents } from './picker.ts';
import { Plot, type Sheet } from './plot.ts';
import { stageColor } from './scales.ts';

/** One bar a layer. */
export interface Lane {
  /** Of every layer, at least 0. */
  readonly values: readonly number[];
  /** Where the axis ends. */
  readonly most: number;
  /** What `most` is called. */
  readonly label: string;
}

export interface RibbonView {
  readonly layers: readonly LayerFiring[];
  /** Indices of the layers, from left to right. */
  readonly order: readonly number[];
  readonly selected: number;
  readonly up: Lane;
  /** Bars that hang below the line. */
  readonly down?: Lane;
  readonly describe: (layer: number) => string;
}

const LABEL_ROOM = 20;
const TOP = 8;

/** Bars of all layers side by side, coloured by the part of the network, with the parts named below. */
export class Ribbon {
  readonly element: HTMLElement;
  readonly #plot: Plot;
  readonly #picker: Picker;
  readonly #scroll: HTMLElement;
  #order: readonly number[] = [];
  #selected: number | undefined;

  constructor(className: string, label: string, { onPick, onPoint }: PickerEvents) {
    this.#plot = new Plot(`ribbon ${className}`);
    this.#picker = new Picker(this.#plot, label, {
      onPick: (position) => {
        const layer = this.#order[position];
        if (layer !== undefined) onPick(layer);
      },
      onPoint,
    });
    this.#scroll = make('div', { className: 'ribbon-scroll' }, this.#plot.canvas);
    this.element = this.#scroll;
  }

  show(view: RibbonView): void {
    const { order, selected, describe } = view;
    this.#order = order;
    this.#plot.draw((sheet) => paint(sheet, view));
    this.#picker.setChoices({
      count: order.length,
      index: order.indexOf(selected),
      at: (x) => {
        const position = Math.floor((x / this.#plot.canvas.clientWidth) * order.length);
        return position >= 0 && position < order.length ? position : undefined;
      },
      describe: (position) => describe(order[position] ?? 0),
    });
    if (selected !== this.#selected) this.#reveal(order.indexOf(selected) / order.length);
    this.#selected = selected;
  }

  /** Scrolls to the selected bar where the ribbon is wider than the screen. */
  #reveal(part: number): void {
    const { scrollWidth, clientWidth, scrollLeft } = this.#scroll;
    const x = part * scrollWidth;
    if (x < scrollLeft || x > scrollLeft + clientWidth - 20) {
      this.#scroll.scrollLeft = x - clientWidth / 2;
    }
  }
}

function paint(sheet: Sheet, { layers, order, selected, up, down }: RibbonView): void {
  const { context, width, height, theme } = sheet;
  const step = width / order.length;
  const bottom = height - LABEL_ROOM;
  const base = down ? TOP + (bottom - TOP) / 2 : bottom;

  const at = order.indexOf(selected);
  context.fillStyle = theme.accent;
  context.globalAlpha = 0.16;
  context.fillRect(at * step, 0, step, height - LABEL_ROOM);
  context.globalAlpha = 1;

  const parts = runs(layers, order);
  context.strokeStyle = theme.line;
  context.beginPath();
  context.moveTo(0, base + 0.5);
  context.lineTo(width, base + 0.5);
  context.stroke();

  const gap = step > 4 ? 1 : 0;
  order.forEach((index, position) => {
    context.fillStyle = stageColor(layerGroups.indexOf(layers[index]?.group ?? layerGroups[0]));
    const x = position * step + gap / 2;
    const rise = ((up.values[index] ?? 0) / up.most) * (base - TOP);
    context.fillRect(x, base - rise, step - gap, rise);
    if (down === undefined) return;
    const fall = ((down.values[index] ?? 0) / down.most) * (bottom - base - 1);
    context.fillRect(x, base + 1, step - gap, fall);
  });

  context.fillStyle = theme.muted;
  context.textAlign = 'left';
  context.fillText(up.label, 4, TOP + 4);
  if (down) context.fillText(down.label, 4, bottom - 8);

  if (parts.length > layerGroups.length) return;
  context.textAlign = 'center';
  for (const { group, start, end } of parts) {
    const room = (end - start) * step - 6;
    context.fillStyle = stageColor(layerGroups.indexOf(group));
    context.fillRect(start * step + 1, bottom + 3, (end - start) * step - 2, 2);
    context.fillStyle = theme.muted;
    const label = [
      group,
      group.replace('backbone ', ''),
      group.replace(/^\D*(?=\d)|(?<=^\w{3}).*/, ''),
    ].find((text) => context.measureText(text).width <= room);
    if (label) context.fillText(label, ((start + end) / 2) * step, height - 6);
  }
}
