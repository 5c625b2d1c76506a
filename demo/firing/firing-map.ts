import { make } from '../dom.ts';
import { paintColorBar } from './color-bar.ts';
import { Figure } from './figure.ts';
import { share } from './format.ts';
import { fitted, Heat, paintRing, paintTokens } from './heat.ts';
import { Picker } from './picker.ts';
import { Plot } from './plot.ts';
import { cellGrid, poolMap, rateMap, tokenRates, type CellGrid, type RateMap } from './rate-map.ts';
import { niceCeil } from './scales.ts';
import type { Table } from './table.ts';
import type { Extent, FiringPicture, FiringView, Select } from './view.ts';

/** Longest side of the table twin. */
const TABLE_SIDE = 16;

/** Where in the photo the neurons of a layer, a stage or all of the network fire. */
export class FiringMap implements FiringPicture {
  readonly title = 'Where it fires';
  readonly element: HTMLElement;
  readonly #select: Select;
  readonly #figure: Figure;
  readonly #plot = new Plot('map');
  readonly #frame = make('div', { className: 'map-frame' }, this.#plot.canvas);
  readonly #picker: Picker;
  readonly #heat = new Heat();
  readonly #blend = make('input', { type: 'range', min: '0', max: '100', value: '80' });
  #view: FiringView | undefined;
  /** What can be picked; none while tokens are shown. */
  #grid: CellGrid | undefined;

  constructor(select: Select) {
    this.#select = select;
    this.#figure = new Figure({
      title: this.title,
      caption:
        'A cell is a position of the map; its colour is the firing rate of all neurons there: spikes / ' +
        '(channels · D). A stage takes the grid of its finest layer. Click a place, or move with the ' +
        'arrow keys.',
      body: [this.#frame],
      controls: [make('label', {}, 'Photo ', this.#blend, ' Firing')],
    });
    this.#picker = new Picker(this.#plot, 'Place in the map of firing', {
      onPick: (cell) => this.#grid && this.#select({ place: this.#grid.placeOf(cell) }),
      onPoint: (words) => this.#figure.point(words),
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
  }

  #showMap(view: FiringView, map: RateMap): void {
    const { photo, content } = view.result;
    const { place } = view.selection;
    const most = niceCeil(map.most);
    this.#heat.set(map, most);
    this.#frame.style.setProperty('--ratio', String(photo.width / photo.height));
    this.#plot.draw((sheet) => {
      const box = fitted(photo, sheet);
      sheet.context.drawImage(photo, box.x, box.y, box.width, box.height);
      this.#heat.paint(sheet, box, content, this.#blend.valueAsNumber / 100);
      if (place) paintRing(sheet, box, place);
      paintColorBar(sheet, most);
    });
    const grid = cellGrid(map, content);
    const { columns, rows } = grid;
    const describe = (cell: number) => {
      const [x, y] = [cell % columns, Math.floor(cell / columns)];
      return `row ${y}, column ${x}: rate ${share(map.rates[y * map.width + x] ?? 0)}`;
    };
    const index = place && grid.cellAt(place);
    this.#grid = grid;
    this.#picker.setChoices({
      count: columns * rows,
      index,
      columns,
      at: (x, y) => {
        const box = fitted(photo, this.#plot.size);
        return grid.cellAt({ x: (x - box.x) / box.width, y: (y - box.y) / box.height });
      },
      describe,
    });
    this.#figure.setReadout(
      index === undefined ? whatOf(view) : `${whatOf(view)}; ${describe(index)}`,
    );
    this.#figure.setTable(() => mapTable(map, content));
  }

  #showTokens({ layer }: FiringView, map: RateMap): void {
    const most = niceCeil(map.most);
    const { width: count, rates } = map;
    this.#plot.draw((sheet) => {
      paintTokens(sheet, map, most);
      paintColorBar(sheet, most);
    });
    this.#grid = undefined;
    this.#picker.setChoices({
      count,
      index: undefined,
      at: (x) => Math.floor((x / this.#plot.size.width) * count),
      describe: (token) => `token ${token}: rate ${share(rates[token] ?? 0)}`,
    });
    this.#figure.setReadout(`${layer.name}: rate ${share(layer.rate)}`);
    this.#figure.setTable(() => ({
      columns: ['Token', 'Rate'],
      rows: Array.from(rates, (rate, token) => [`Token ${token}`, share(rate)]),
    }));
  }
}

function whatOf({ selection, layer, result }: FiringView): string {
  if (selection.scope === 'layer') return `${layer.name}: rate ${share(layer.rate)}`;
  if (selection.scope === 'stage') return `All layers of ${layer.group}`;
  return `All layers: rate ${share(result.statistics.totals.rate)}`;
}

function mapTable(map: RateMap, content: Extent): Table {
  const { width, height, block, rates } = poolMap(map, content, TABLE_SIDE);
  const unit = block === 1 ? 'Rate in %' : `Rate in %, means of ${block} × ${block}`;
  return {
    columns: [unit, ...Array.from({ length: width }, (_, x) => String(x * block))],
    rows: Array.from({ length: height }, (_, y) => [
      `Row ${y * block}`,
      ...Array.from(rates.subarray(y * width, (y + 1) * width), (rate) => (100 * rate).toFixed(1)),
    ]),
  };
}
