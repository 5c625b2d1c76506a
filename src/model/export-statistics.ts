import { VERSION } from '../version.ts';
import type { FiringStatistics } from './statistics.ts';

/** Where statistics come from, so that others can find the same. */
export interface Provenance {
  readonly model: { readonly name: string; readonly sha256: string };
  /** In the order in which they were added up. */
  readonly images: readonly ImageProvenance[];
  /** As `SegmenterStats.adapter`. */
  readonly adapter: string;
}

export interface ImageProvenance {
  /** Of its RGBA pixels: {@link hashPixels}. */
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
  readonly name?: string;
}

/** What the numbers mean; docs/firing.md says more. */
const DEFINITIONS = {
  unit: 'one neuron at one position of one picture',
  spikes: 'sum of the spike counts 0..levels of all units, over all timesteps',
  nonzero: 'units that fire at least once',
  saturated: 'units that fire `levels` spikes',
  histogram: 'units that fire 0, 1, .. `levels` spikes',
  countRate: 'spikes / units',
  levels: 'virtual timesteps that ran: D of the model, unless fewer were asked for',
  rate: 'spikes / (units * levels): the firing rate over the virtual timesteps that ran',
  nonzeroRate: 'nonzero / units',
  deadChannels: 'channels of which no unit fires in any of the pictures',
  accumulates: 'additions of weights: sum of spikes * outputs that read their position',
  macs: 'multiply-accumulates of layers whose input is analog',
  denseMacs: 'multiply-accumulates if no input were spikes; none on padding',
  nominalMacs: 'the same with those on padding',
  rateAccumulates: 'the estimate rate * T * levels * nominalMacs',
  network: 'of the layers of the original, one by one',
  engine: 'of the layers as this package executes them',
  energy: 'mJ per picture at 45 nm, arithmetic only: memory is not counted',
} as const;

/**
 * Statistics as JSON, the same text for the same counts wherever they were taken. Maps and the spikes
 * of single units are left out, and those of channels unless `channels`.
 */
export function statisticsJson(
  { totals, layers, operations, executed, ...about }: FiringStatistics,
  { model, images, adapter }: Provenance,
  { channels = false }: { readonly channels?: boolean } = {},
): string {
  const document = {
    format: 'spikeseg-statistics',
    version: 1,
    package: { name: 'spikeseg', version: VERSION },
    model,
    images,
    adapter,
    ...about,
    definitions: DEFINITIONS,
    totals,
    layers,
    operations,
    executed,
  };
  const left = new Set(['map', 'spikeCounts', ...(channels ? [] : ['channelSpikes'])]);
  const json = JSON.stringify(
    document,
    (key, value: unknown) => (left.has(key) ? undefined : value),
    2,
  );
  return `${json}\n`;
}

const COLUMNS = [
  'name',
  'group',
  'height',
  'width',
  'channels',
  'units',
  'spikes',
  'nonzero',
  'saturated',
  'countRate',
  'rate',
  'nonzeroRate',
  'deadChannels',
  'accumulates',
  'denseMacs',
] as const;

/** Neuron layers as CSV: a header, then a line for each. */
export function statisticsCsv({ layers, levels }: FiringStatistics): string {
  const histogram = Array.from({ length: levels + 1 }, (_, k) => `units${k}`);
  const rows = layers.map((layer) => [
    ...COLUMNS.map((column) => layer[column]),
    ...layer.histogram,
  ]);
  return lines([[...COLUMNS, ...histogram], ...rows]);
}

/**
 * Rates in the shape of the original's `fr_rate.csv`: module path, then one column for each real
 * timestep. Its neurons give count / D, of which it takes the mean.
 */
export function firingRatesCsv({ layers }: FiringStatistics): string {
  return lines([['', 't0'], ...layers.map(({ name, rate }) => [name, rate])]);
}

/** SHA-256 of RGBA pixels, row-major, as 64 hexadecimal digits. */
export async function hashPixels(data: Uint8Array | Uint8ClampedArray): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(data));
  return Array.from(new Uint8Array(digest), (b) => b.toString(16).padStart(2, '0')).join('');
}

/** Names have no commas and numbers are written the shortest way that reads back the same. */
function lines(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((cells) => `${cells.join(',')}\n`).join('');
}
