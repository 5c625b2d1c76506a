import { context2d, make } from '../dom.ts';
import { COLOR_BAR_ROOM, paintColorBar } from './color-bar.ts';
import { Figure } from './figure.ts';
import { share } from './format.ts';
import { Picker } from './picker.ts';
import { Plot, type Sheet } from './plot.ts';
import { poolMap, rateMap, tokenRates, type RateMap } from './rate-map.ts';
import { COLOR_WORDS, color, colorIndex, niceCeil } from './scales.ts';
import type { Table } from './table.ts';
import type { Extent, FiringPicture, FiringView, Select } from './view.ts';

/** Longest side of the table twin. */
const TABLE_SIDE = 16;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where in the photo the neurons of a layer, a stage or all of the network fire. */
export class FiringMap implements FiringPicture {
  readonly title = 'Where it fires';
  readonly element: HTMLElement;
  readonly #figure: Figure;
  readonly #plot = new Plot('map');
  readonly #picker: Picker;
  readonly #heat = context2d(make('canvas', { width: 1, height: 1 }));
  readonly #blend = make('input', { type: 'range', min: '0', max: '100', value: '75' });
  #view: FiringView | undefined;
  #words = '';

  constructor(select: Select) {
    this.#figure = new Figure({
      title: this.title,
      caption:
        'A cell is a position of the map; its colour is the firing rate of all neurons there: spikes / ' +
        '(channels · D). A stage takes the grid of its finest layer. Click a place, or move with the ' +
        'arrow keys.',
      body: [this.#plot.canvas],
      controls: [make('label', {}, 'Photo ', this.#blend, ' Firing')],
    });
    this.#picker = new Picker(this.#plot, 'Place in the map of firing', {
      onPick: (cell) => select({ place: this.#placeOf(cell) }),
      onPoint: (words) => this.#figure.setReadout(words ?? this.#words),
    });
    this.element = this.#figure.element;
    this.#blend.addEventListener('input', () => this.#view && this.show(this.#view));
  }

  show(view: FiringView): void {
    this.#view = view;
    const { levels } = view.result.statistics;
    const map = rateMap(view.members, levels);
    if (map === undefined) this.#showTokens(view, tokenRates(view.layer, levels));
    else this.#showMap(view, map);
    this.#figure.setReadout(this.#words);
  }

  #showMap(view: FiringView, map: RateMap): void {
    const { selection, result } = view;
    const { photo, content } = result;
    const most = niceCeil(map.most);
    this.#paintHeat(map, most);
    const { columns, rows } = visible(map, content);
    let box: Box = { x: 0, y: 0, width: 0, height: 0 };
    this.#plot.draw((sheet) => {
      box = fitted(photo, sheet);
      this.#paintBlend(sheet, box, photo, {
        width: map.width * content.width,
        height: map.height * content.height,
      });
      if (selection.place) paintRing(sheet, box, selection.place);
      paintColorBar(sheet, most);
    });
    const place = selection.place;
    const index = place && Math.floor(place.y * rows) * columns + Math.floor(place.x * columns);
    const describe = (cell: number) => {
      const [x, y] = [cell % columns, Math.floor(cell / columns)];
      const rate = map.rates[y * map.width + x] ?? 0;
      return `Row ${y}, column ${x} of ${columns} × ${rows}: rate ${share(rate)}`;
    };
    this.#picker.setChoices({
      count: columns * rows,
      index,
      columns,
      at: (x, y) => {
        const [u, v] = [(x - box.x) / box.width, (y - box.y) / box.height];
        if (u < 0 || u >= 1 || v < 0 || v >= 1) return undefined;
        return Math.floor(v * rows) * columns + Math.floor(u * columns);
      },
      describe,
    });
    this.#words = index === undefined ? whatOf(view) : `${whatOf(view)}. ${describe(index)}`;
    this.#figure.setTable(() => mapTable(map, content));
  }

  /** Queries are nowhere in the photo: they get a cell each. */
  #showTokens(view: FiringView, map: RateMap): void {
    const most = niceCeil(map.most);
    const { width: count } = map;
    const describe = (token: number) => `Token ${token}: rate ${share(map.rates[token] ?? 0)}`;
    this.#plot.draw((sheet) => {
      const { context, width, height, theme } = sheet;
      const step = width / count;
      const side = Math.min(step * 1.6, height - COLOR_BAR_ROOM - 30);
      const top = (height - side) / 2;
      map.rates.forEach((rate, token) => {
        context.fillStyle = color(rate, most);
        context.fillRect(token * step, top, step - Math.min(2, step / 4), side);
      });
      context.fillStyle = theme.muted;
      context.textAlign = 'center';
      context.fillText(`${count} tokens: they stand nowhere in the photo`, width / 2, top - 14);
      paintColorBar(sheet, most);
    });
    this.#picker.setChoices({
      count,
      index: undefined,
      at: (x) => Math.floor((x / this.#plot.canvas.clientWidth) * count),
      describe,
    });
    this.#words = `${view.layer.name}: rate ${share(view.layer.rate)}`;
    this.#figure.setTable(() => ({
      columns: ['Token', 'Rate'],
      rows: [...map.rates].map((rate, token) => [String(token), share(rate)]),
    }));
  }

  #paintHeat({ width, height, rates }: RateMap, most: number): void {
    const { canvas } = this.#heat;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const image = new ImageData(width, height);
    const words = new Uint32Array(image.data.buffer);
    for (let i = 0; i < rates.length; i++)
      words[i] = COLOR_WORDS[colorIndex(rates[i] ?? 0, most)] ?? 0;
    this.#heat.putImageData(image, 0, 0);
  }

  #paintBlend(
    { context }: Sheet,
    { x, y, width, height }: Box,
    photo: HTMLCanvasElement,
    part: Extent,
  ): void {
    context.imageSmoothingEnabled = true;
    context.drawImage(photo, x, y, width, height);
    context.imageSmoothingEnabled = false;
    context.globalAlpha = this.#blend.valueAsNumber / 100;
    context.drawImage(this.#heat.canvas, 0, 0, part.width, part.height, x, y, width, height);
    context.globalAlpha = 1;
  }

  #placeOf(cell: number) {
    const view = this.#view;
    const map = view && rateMap(view.members, view.result.statistics.levels);
    if (view === undefined || map === undefined) return undefined;
    const { columns, rows } = visible(map, view.result.content);
    return { x: ((cell % columns) + 0.5) / columns, y: (Math.floor(cell / columns) + 0.5) / rows };
  }
}

function whatOf({ selection, layer, result }: FiringView): string {
  if (selection.scope === 'network')
    return `All layers: rate ${share(result.statistics.totals.rate)}`;
  if (selection.scope === 'stage') return `All of ${layer.group}`;
  return `${layer.name}: rate ${share(layer.rate)}`;
}

/** Cells of a map that the photo covers. */
function visible(map: RateMap, content: Extent): { columns: number; rows: number } {
  return {
    columns: Math.ceil(map.width * content.width),
    rows: Math.ceil(map.height * content.height),
  };
}

/** Where a photo goes: as large as the sheet allows, in the middle. */
function fitted(photo: Extent, { width, height }: Sheet): Box {
  const room = height - COLOR_BAR_ROOM;
  const scale = Math.min(width / photo.width, room / photo.height);
  const size = { width: photo.width * scale, height: photo.height * scale };
  return { x: (width - size.width) / 2, y: (room - size.height) / 2, ...size };
}

function paintRing({ context }: Sheet, box: Box, place: { x: number; y: number }): void {
  context.beginPath();
  context.arc(box.x + place.x * box.width, box.y + place.y * box.height, 7, 0, 2 * Math.PI);
  context.lineWidth = 4;
  context.strokeStyle = '#000000';
  context.stroke();
  context.lineWidth = 2;
  context.strokeStyle = '#ffffff';
  context.stroke();
}

function mapTable(map: RateMap, content: Extent): Table {
  const { width, height, block, rates } = poolMap(map, content, TABLE_SIDE);
  const unit = block === 1 ? '' : `, means of ${block} × ${block}`;
  return {
    columns: [`Rate, %${unit}`, ...Array.from({ length: width }, (_, x) => String(x * block))],
    rows: Array.from({ length: height }, (_, y) => [
      `Row ${y * block}`,
      ...Array.from(rates.subarray(y * width, (y + 1) * width), (rate) => (100 * rate).toFixed(1)),
    ]),
  };
}
