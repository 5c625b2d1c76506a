import { layerGroups, type LayerFiring, type LayerGroup } from '../../src/index.ts';
import { make } from '../dom.ts';
import { runs, type Run } from './layers.ts';
import { Picker, type PickerEvents } from './picker.ts';
import { Plot, SMALL_FONT, type Sheet } from './plot.ts';
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
  const base = down ? Math.round(TOP + (bottom - TOP) / 2) : bottom;

  context.fillStyle = theme.accent;
  context.globalAlpha = 0.16;
  context.fillRect(order.indexOf(selected) * step, 0, step, bottom);
  context.globalAlpha = 1;
  context.fillStyle = theme.line;
  context.fillRect(0, base, width, 1);

  const gap = step > 4 ? 1 : 0;
  order.forEach((index, position) => {
    context.fillStyle = colorOf(layers[index]?.group);
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
  // Sorted across the stages, runs are too short and too many to be named.
  const stages = runs(layers, order);
  if (stages.length <= layerGroups.length) paintStages(sheet, stages, step);
}

function paintStages(
  { context, height, theme }: Sheet,
  stages: readonly Run[],
  step: number,
): void {
  context.textAlign = 'center';
  context.font = SMALL_FONT;
  for (const { group, start, end } of stages) {
    const room = (end - start) * step - 2;
    context.fillStyle = colorOf(group);
    context.fillRect(start * step + 1, height - LABEL_ROOM + 3, room, 2);
    context.fillStyle = theme.muted;
    const label = names(group).find((text) => context.measureText(text).width < room);
    if (label !== undefined) context.fillText(label, ((start + end) / 2) * step, height - 6);
  }
}

function colorOf(group: LayerGroup = layerGroups[0]): string {
  return stageColor(layerGroups.indexOf(group));
}

/** From the whole name to what fits under a few bars. */
function names(group: LayerGroup): readonly string[] {
  const short = group.replace(/^(backbone|deformable|feature|query|mask) /, '');
  return [group, short, short.replace(/\D+/, '')].filter((name) => name !== '');
}
