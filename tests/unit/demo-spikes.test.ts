import { describe, expect, test } from 'vitest';
import { agreement } from '../../demo/agreement.ts';
import { History } from '../../demo/firing/history.ts';
import { spread } from '../../demo/firing/lines-plot.ts';
import { byDifference, pairLayers } from '../../demo/firing/pairs.ts';
import { rowAt } from '../../demo/firing/raster-plot.ts';
import {
  placeOf,
  sampleUnits,
  unitAt,
  unitOver,
  unitsPerStep,
} from '../../demo/firing/spike-trains.ts';
import type { FiringStatistics, LayerFiring, LayerGroup } from '../../src/index.ts';

const SHAPE = { height: 5, width: 7, channels: 6 };
const WHOLE = { width: 1, height: 1 };

describe('a sample of neurons', () => {
  test('is spread evenly over the layer, and the same for the same seed', () => {
    const units = sampleUnits(SHAPE, undefined, 30, 3);
    expect(units.map(({ index }) => Math.floor(index / 7))).toEqual([...Array(30).keys()]);
    expect(sampleUnits(SHAPE, undefined, 30, 3)).toEqual(units);
    expect(sampleUnits(SHAPE, undefined, 30, 4)).not.toEqual(units);
    expect(new Set(units.map(({ channel }) => channel)).size).toBe(6);
  });

  test('of a channel has units of no other', () => {
    const units = sampleUnits(SHAPE, 4, 10, 1);
    expect(units.map(({ channel }) => channel)).toEqual(new Array(10).fill(4));
    expect(new Set(units.map(({ index }) => index)).size).toBe(10);
  });

  test('of few is all of them', () => {
    const all = sampleUnits(SHAPE, 2, 64, 9);
    expect(all.map(({ x, y }) => 7 * y + x)).toEqual([...Array(35).keys()]);
  });
});

describe('spike trains', () => {
  test('a count k fires in the first k timesteps', () => {
    const counts = Uint8Array.of(0, 1, 3, 3, 2, 0);
    const shape = { height: 1, width: 3, channels: 2 };
    const perStep = unitsPerStep(counts, 3, shape);
    expect(perStep).toEqual([4, 3, 2]);
    expect(perStep.reduce((a, b) => a + b)).toBe(counts.reduce((a, b) => a + b));
    expect(unitsPerStep(counts, 3, shape, 1)).toEqual([2, 1, 1]);
  });

  test('a unit lies where the photo is, without the padding', () => {
    const unit = unitAt(SHAPE, (3 * 7 + 6) * 6 + 5);
    expect(unit).toEqual({ index: 167, channel: 5, x: 6, y: 3 });
    expect(placeOf(unit, SHAPE, WHOLE)).toEqual({ x: 6.5 / 7, y: 0.7 });
    expect(placeOf(unit, SHAPE, { width: 0.5, height: 1 }).x).toBeGreaterThan(1);
    for (const content of [WHOLE, { width: 1, height: 0.9 }]) {
      expect(unitOver(SHAPE, 5, placeOf(unit, SHAPE, content), content)).toEqual(unit);
    }
  });

  test('rows of the raster are found where they are painted', () => {
    expect([1, 3, 422, 424].map((y) => rowAt(y, 500, 10))).toEqual([undefined, 0, 9, undefined]);
  });
});

function layer(name: string, group: LayerGroup, rate: number, units: number): LayerFiring {
  const counts = { units, spikes: 0, nonzero: 0, saturated: 0, countRate: 0, nonzeroRate: 0 };
  const shape = { ...SHAPE, spatial: true, histogram: [], channelSpikes: [], deadChannels: 0 };
  return { name, group, rate, ...counts, ...shape, accumulates: 0, denseMacs: 0 };
}

function statistics(...layers: LayerFiring[]): Pick<FiringStatistics, 'layers'> {
  return { layers };
}

test('A and B are matched by the names of their layers', () => {
  const a = statistics(
    layer('one', 'mask head', 0.5, 1),
    layer('two', 'mask head', 0.25, 1),
    layer('gone', 'mask head', 0.1, 1),
  );
  const b = statistics(layer('two', 'mask head', 1, 1), layer('one', 'mask head', 0.25, 1));
  const pairs = pairLayers(a, b);
  expect(pairs.map(({ name, difference, index }) => [name, difference, index])).toEqual([
    ['two', 0.75, 0],
    ['one', -0.25, 1],
  ]);
  expect(byDifference([...pairs].reverse()).map(({ name }) => name)).toEqual(['two', 'one']);
});

test('the history keeps the last results of one model', () => {
  const history = new History(2);
  const at = (rate: number, name = 'one') =>
    statistics(layer(name, 'mask head', rate, 3), layer('wide', 'mask head', 0, 1));
  for (const rate of [0.1, 0.2, 0.4]) history.record(at(rate));
  const { moments } = history;
  expect(moments.map(({ layers }) => layers[0])).toEqual([0.2, 0.4].map(Math.fround));
  expect(moments[1]?.stages.at(-1)).toBeCloseTo(0.3, 12);
  expect(moments[1]?.stages[0]).toBeNaN();
  history.record(at(0.3, 'other'));
  expect(history.moments).toHaveLength(1);
});

test('names of lines move apart in their order, inside of the plot', () => {
  expect(spread([50, 51, 10], 10, 0, 100)).toEqual([50, 60, 10]);
  expect(spread([98, 97], 10, 0, 100)).toEqual([100, 90]);
});

test('label maps agree in a part of their pixels', () => {
  expect(agreement([1, 2, 3, 4], [1, 2, 0, 4])).toBe(0.75);
});
