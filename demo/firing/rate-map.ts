import type { LayerFiring } from '../../src/index.ts';

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

/** A part of a map, from the top left, averaged in blocks until no side is longer than `longest`. */
export function poolMap(map: RateMap, part: { width: number; height: number }, longest: number) {
  const columns = Math.ceil(map.width * part.width);
  const rows = Math.ceil(map.height * part.height);
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
