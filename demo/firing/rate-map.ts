import type { LayerFiring } from '../../src/index.ts';
import type { Extent, Place } from './view.ts';

/** Firing rates at the positions of a map, [height][width]. */
export interface RateMap {
  readonly height: number;
  readonly width: number;
  readonly rates: Float32Array<ArrayBuffer>;
  /** The largest of them. */
  readonly most: number;
}

/**
 * The firing rate of all neurons that stand at a place, whatever their layer: spikes / (channels · D),
 * on the grid of the finest layer, the others resampled to the nearest. Layers that have no places in
 * the photo are left out.
 * @param levels - D
 * @returns undefined if no layer has places and a map
 */
export function rateMap(layers: readonly LayerFiring[], levels: number): RateMap | undefined {
  const grids = addUp(layers);
  const [finest] = grids;
  if (finest === undefined) return undefined;
  const { height, width } = finest;
  const rates = new Float32Array(height * width);
  for (const grid of grids) {
    const columns = Uint16Array.from({ length: width }, (_, x) =>
      Math.floor((x * grid.width) / width),
    );
    for (let y = 0, i = 0; y < height; y++) {
      const row = Math.floor((y * grid.height) / height) * grid.width;
      for (let x = 0; x < width; x++, i++) {
        rates[i] = (rates[i] ?? 0) + (grid.spikes[row + (columns[x] ?? 0)] ?? 0);
      }
    }
  }
  const neurons = grids.reduce((sum, { channels }) => sum + channels, 0);
  return scaled(height, width, rates, 1 / (neurons * levels));
}

/** The rates of a layer's tokens, as a map of height 1. */
export function tokenRates(layer: LayerFiring, levels: number): RateMap {
  const { map, height, width, channels } = layer;
  return scaled(1, height * width, Float32Array.from(map ?? []), 1 / (channels * levels));
}

/** The cells of a map that the photo covers, row by row. */
export interface CellGrid {
  readonly columns: number;
  readonly rows: number;
  /** undefined beside the photo */
  readonly cellAt: (place: Place) => number | undefined;
  /** The middle of a cell. */
  readonly placeOf: (cell: number) => Place;
}

/** @param content - parts of the map's width and height that the photo covers */
export function cellGrid(map: Extent, content: Extent): CellGrid {
  // The last cells may be covered in part only.
  const [width, height] = [map.width * content.width, map.height * content.height];
  const [columns, rows] = [Math.ceil(width), Math.ceil(height)];
  return {
    columns,
    rows,
    cellAt: ({ x, y }) =>
      x >= 0 && x < 1 && y >= 0 && y < 1
        ? Math.floor(y * height) * columns + Math.floor(x * width)
        : undefined,
    placeOf: (cell) => ({
      x: middle(cell % columns, width),
      y: middle(Math.floor(cell / columns), height),
    }),
  };
}

/** The middle of what there is of a cell, as part of the side. */
function middle(cell: number, side: number): number {
  return (cell + Math.min(cell + 1, side)) / 2 / side;
}

/** The cells that the photo covers, averaged in blocks until no side has more than `longest`. */
export function poolMap(map: RateMap, content: Extent, longest: number) {
  const { columns, rows } = cellGrid(map, content);
  const block = Math.ceil(Math.max(columns, rows) / longest);
  const [width, height] = [Math.ceil(columns / block), Math.ceil(rows / block)];
  const sums = new Float64Array(width * height);
  const counts = new Uint32Array(width * height);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const at = Math.floor(y / block) * width + Math.floor(x / block);
      sums[at] = (sums[at] ?? 0) + (map.rates[y * map.width + x] ?? 0);
      counts[at] = (counts[at] ?? 0) + 1;
    }
  }
  return { width, height, block, rates: sums.map((sum, i) => sum / (counts[i] ?? 1)) };
}

interface Grid {
  readonly height: number;
  readonly width: number;
  channels: number;
  readonly spikes: Uint32Array;
}

/** Layers of one size are added up before anything is resampled: most of a network is coarse. */
function addUp(layers: readonly LayerFiring[]): readonly Grid[] {
  const grids = new Map<number, Grid>();
  for (const { map, spatial, height, width, channels } of layers) {
    if (!spatial || map === undefined) continue;
    const grid = grids.get(width) ?? {
      height,
      width,
      channels: 0,
      spikes: new Uint32Array(height * width),
    };
    grids.set(width, grid);
    grid.channels += channels;
    for (let i = 0; i < map.length; i++) grid.spikes[i] = (grid.spikes[i] ?? 0) + (map[i] ?? 0);
  }
  return [...grids.values()].sort((a, b) => b.width - a.width);
}

function scaled(
  height: number,
  width: number,
  rates: Float32Array<ArrayBuffer>,
  factor: number,
): RateMap {
  let most = 0;
  for (let i = 0; i < rates.length; i++) {
    const rate = (rates[i] ?? 0) * factor;
    rates[i] = rate;
    if (rate > most) most = rate;
  }
  return { height, width, rates, most };
}
