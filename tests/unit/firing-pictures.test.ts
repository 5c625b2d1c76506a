import { describe, expect, test } from 'vitest';
import { partCosts, totalCosts } from '../../demo/firing/costs.ts';
import { gridOf } from '../../demo/firing/grid.ts';
import { histogramBars } from '../../demo/firing/histogram-bars.ts';
import { membersOf, runs, sortLayers } from '../../demo/firing/layers.ts';
import { cellGrid, poolMap, rateMap, tokenRates } from '../../demo/firing/rate-map.ts';
import { color, colorIndex, COLOR_WORDS, niceCeil } from '../../demo/firing/scales.ts';
import { stepped } from '../../demo/firing/steps.ts';
import type { LayerFiring, LayerGroup, LayerOperations } from '../../src/index.ts';
import { summarise } from '../../src/model/summarise.ts';

const LEVELS = 4;

interface Told {
  readonly group?: LayerGroup;
  readonly map?: readonly number[];
  readonly width?: number;
  readonly channels?: number;
  readonly spatial?: boolean;
  readonly accumulates?: number;
}

/** A layer with these spikes at each position; what else it tells follows. */
function layer(name: string, told: Told = {}): LayerFiring {
  const { map = [1], width = 1, channels = 1, accumulates = 0 } = told;
  const spikes = map.reduce((sum, count) => sum + count, 0);
  const [only] = summarise({
    pictures: 1,
    levels: LEVELS,
    timesteps: 1,
    operations: [],
    executed: [],
    layers: [
      {
        name,
        group: told.group ?? 'backbone stage 1',
        height: map.length / width,
        width,
        channels,
        spatial: told.spatial ?? true,
        histogram: [map.length * channels - spikes, spikes, 0, 0, 0],
        accumulates,
        denseMacs: 0,
        channelSpikes: [spikes],
        map: Uint16Array.from(map),
      },
    ],
  }).layers;
  if (!only) throw new TypeError('one layer goes in and comes out');
  return only;
}

describe('layers', () => {
  const layers = [
    layer('a', { map: [1, 0], accumulates: 10 }),
    layer('b', { map: [1, 1], accumulates: 5 }),
    layer('c', { map: [2, 2, 2, 2], channels: 4, group: 'mask head', accumulates: 20 }),
    layer('d', { map: [1, 1], group: 'mask head', accumulates: 20 }),
  ];
  const names = (order: readonly number[]) => order.map((i) => layers[i]?.name).join('');

  test('are sorted within their stages, or across them', () => {
    expect(names(sortLayers(layers, 'order', true))).toBe('abcd');
    expect(names(sortLayers(layers, 'rate', true))).toBe('badc');
    // Of equals, the one that runs first.
    expect(names(sortLayers(layers, 'rate', false))).toBe('bdac');
    expect(names(sortLayers(layers, 'spikes', false))).toBe('cbda');
    expect(names(sortLayers(layers, 'accumulates', false))).toBe('cdab');
    expect(names(sortLayers(layers, 'accumulates', true))).toBe('abcd');
  });

  test('make runs of stages', () => {
    expect(runs(layers, [0, 1, 2, 3])).toEqual([
      { group: 'backbone stage 1', start: 0, end: 2 },
      { group: 'mask head', start: 2, end: 4 },
    ]);
    expect(runs(layers, [0, 2, 1])).toHaveLength(3);
  });

  test('are what a scope means', () => {
    const [a, b] = layers;
    if (!a || !b) throw new TypeError('there are four');
    expect(membersOf(layers, b, 'layer')).toEqual([b]);
    expect(membersOf(layers, b, 'stage')).toEqual([a, b]);
    expect(membersOf(layers, b, 'network')).toBe(layers);
  });
});

describe('maps', () => {
  const fine = layer('fine', {
    map: [4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
    width: 4,
    channels: 1,
  });
  const coarse = layer('coarse', { map: [0, 3, 6, 12], width: 2, channels: 3 });
  const tokens = layer('tokens', { map: [8, 0], width: 2, channels: 2, spatial: false });

  test('of one layer are its spikes by all that could fire', () => {
    const map = rateMap([coarse], LEVELS);
    expect(map).toMatchObject({ height: 2, width: 2, most: 1 });
    expect([...(map?.rates ?? [])]).toEqual([0, 0.25, 0.5, 1]);
  });

  test('of several take the finest grid, and leave out what has no place', () => {
    const map = rateMap([coarse, tokens, fine], LEVELS);
    // 16 spikes at most: 4 of one channel and 12 of three.
    const sums = [4, 0, 3, 3, 0, 0, 3, 3, 6, 6, 12, 12, 6, 6, 12, 14];
    expect([...(map?.rates ?? [])]).toEqual(sums.map((spikes) => spikes / 16));
    expect(map?.most).toBe(14 / 16);
    expect(rateMap([tokens], LEVELS)).toBeUndefined();
    expect([...tokenRates(tokens, LEVELS).rates]).toEqual([1, 0]);
  });

  test('have cells that the photo covers, in whole or in part', () => {
    const grid = cellGrid({ width: 4, height: 4 }, { width: 1, height: 0.625 });
    expect(grid).toMatchObject({ columns: 4, rows: 3 });
    expect(grid.cellAt({ x: 0.99, y: 0.99 })).toBe(11);
    expect(grid.cellAt({ x: 0.3, y: 0.5 })).toBe(5);
    expect(grid.cellAt({ x: -0.01, y: 0.5 })).toBeUndefined();
    expect(grid.cellAt({ x: 0.5, y: 1 })).toBeUndefined();
    for (let cell = 0; cell < 12; cell++) expect(grid.cellAt(grid.placeOf(cell))).toBe(cell);
  });

  test('are averaged for a table', () => {
    const rates = Float32Array.from({ length: 16 }, (_, i) => i);
    const map = { width: 4, height: 4, rates, most: 15 };
    const whole = poolMap(map, { width: 1, height: 1 }, 2);
    expect(whole).toMatchObject({ width: 2, height: 2, block: 2 });
    expect([...whole.rates]).toEqual([2.5, 4.5, 10.5, 12.5]);
    // Three rows: the last block has one.
    expect([...poolMap(map, { width: 1, height: 0.75 }, 2).rates]).toEqual([2.5, 4.5, 8.5, 10.5]);
    expect(poolMap(map, { width: 1, height: 1 }, 4).block).toBe(1);
  });
});

test('histograms are added up beside those of the network', () => {
  const network = [
    [6, 2, 0],
    [1, 0, 1],
  ];
  expect(histogramBars([[1, 0, 1]], network)).toEqual([
    { spikes: 0, units: 1, part: 0.5, networkPart: 0.7 },
    { spikes: 1, units: 0, part: 0, networkPart: 0.2 },
    { spikes: 2, units: 1, part: 0.5, networkPart: 0.1 },
  ]);
});

test('costs of the parts make those of the whole', () => {
  const operation = (group: LayerGroup, i: number): LayerOperations => ({
    name: `${group} ${i}`,
    group,
    neurons: i === 0 ? [] : ['n'],
    accumulates: i * 1000,
    macs: i === 0 ? 300 : 0,
    denseMacs: 5000 + i,
    nominalMacs: 6000 + i,
    rateAccumulates: i * 1100,
  });
  const operations = (['backbone stage 2', 'mask head'] as const).flatMap((group) =>
    [0, 1, 2].map((i) => operation(group, i)),
  );
  const counts = { pictures: 1, levels: LEVELS, timesteps: 1, layers: [layer('a')] };
  const statistics = summarise({ ...counts, operations, executed: operations.slice(0, 3) });
  const parts = partCosts(operations, 'int8');
  const { network, engine, formula, dense } = totalCosts(statistics, 'int8');
  expect(parts.map(({ accumulates }) => accumulates)).toEqual([0, 3000, 0, 0, 0, 0, 0, 3000]);
  for (const [total, of] of [
    [network, (part: (typeof parts)[number]) => part],
    [formula, (part: (typeof parts)[number]) => part.formula],
    [dense, (part: (typeof parts)[number]) => part.dense],
  ] as const) {
    for (const key of ['accumulates', 'macs', 'energy'] as const) {
      const sum = parts.reduce((total, part) => total + of(part)[key], 0);
      expect(sum, `${key} of ${total.name}`).toBeCloseTo(total[key], 15);
    }
  }
  expect(engine).toMatchObject({ accumulates: 3000, macs: 300 });
});

test('axes end at round numbers', () => {
  const ends = [0, 0.0071, 0.1, 0.26, 0.694, 0.81, 1, 12, 5.1e6].map(niceCeil);
  expect(ends.map((end) => Number(end.toPrecision(6)))).toEqual([
    1, 0.008, 0.1, 0.3, 0.8, 1, 1, 15, 6e6,
  ]);
});

test('colours run from none to most, and no further', () => {
  expect([0, 0.5, 1, 2, -1].map((value) => colorIndex(value, 1))).toEqual([0, 128, 255, 255, 0]);
  expect(colorIndex(1, 0)).toBe(0);
  expect(color(0, 1)).toBe('rgb(68 1 84)');
  expect(color(1, 1)).toBe('rgb(253 231 37)');
  expect(COLOR_WORDS[0]).toBe(0xff540144);
  // Lightness grows all the way, so that the order is seen without hue.
  const lightness = Array.from(
    COLOR_WORDS,
    (word) => 0.2126 * (word & 255) + 0.7152 * ((word >> 8) & 255) + 0.0722 * ((word >> 16) & 255),
  );
  for (let i = 8; i < lightness.length; i += 8) {
    expect(lightness[i]).toBeGreaterThan(lightness[i - 8] ?? Infinity);
  }
});

test('cells are large, and their rows full if that costs little', () => {
  expect(gridOf(8, 400, 200)).toEqual({ columns: 8, side: 50 });
  expect(gridOf(16, 560, 160)).toEqual({ columns: 8, side: 56 });
  expect(gridOf(1, 400, 200)).toEqual({ columns: 1, side: 56 });
  for (const count of [20, 64, 251, 1024]) {
    const { columns, side } = gridOf(count, 400, 200);
    expect(columns * side).toBeLessThanOrEqual(400);
    expect(Math.ceil(count / columns) * side).toBeLessThanOrEqual(200);
    expect(count * side ** 2, `${count} cells`).toBeGreaterThan(30_000);
  }
});

describe('keys', () => {
  test('step along a line', () => {
    expect(stepped('ArrowRight', 3, 5)).toBe(4);
    expect(stepped('ArrowRight', 4, 5)).toBe(4);
    expect(stepped('ArrowUp', 3, 5)).toBe(4);
    expect(stepped('ArrowDown', 0, 5)).toBe(0);
    expect(stepped('PageUp', 1, 50)).toBe(11);
    expect(stepped('End', 1, 5)).toBe(4);
    expect(stepped('Home', 3, 5)).toBe(0);
    expect(stepped('x', 3, 5)).toBeUndefined();
    expect(stepped('End', undefined, 5)).toBe(4);
    expect(stepped('ArrowLeft', undefined, 5)).toBe(0);
    expect(stepped('ArrowLeft', undefined, 0)).toBeUndefined();
  });

  test('step in a grid, and stay in it', () => {
    // 0 1 2
    // 3 4 5
    // 6 7
    expect(stepped('ArrowDown', 1, 8, 3)).toBe(4);
    expect(stepped('ArrowDown', 5, 8, 3)).toBe(5);
    expect(stepped('ArrowUp', 4, 8, 3)).toBe(1);
    expect(stepped('ArrowUp', 1, 8, 3)).toBe(1);
    expect(stepped('ArrowRight', 2, 8, 3)).toBe(3);
  });
});
