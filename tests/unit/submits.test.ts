import { expect, test } from 'vitest';
import { parseConfig } from '../../src/model/config.ts';
import { buildNetwork } from '../../src/model/spike2former/network.ts';
import { runsOf } from '../../src/model/join.ts';
import { costOf, cutByCost } from '../../src/model/submits.ts';
import { readJson } from '../support/files.ts';
import { shared } from '../support/shared.ts';

const { config } = readJson(shared('goldens', 'micro', 'manifest.json')) as { config: unknown };
const { ops } = buildNetwork(parseConfig(config), { height: 64, width: 64 });
const costs = ops.map((op) => costOf(op));
const total = costs.reduce((sum, cost) => sum + cost, 0);

/** The costs of the runs that end there. */
function runs(ends: readonly number[]): number[][] {
  return ends.map((end, i) => costs.slice(ends[i - 1] ?? 0, end));
}
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

test.each([1, 3, 10, 40])('cuts a network into runs of a %i-th of its cost', (parts) => {
  const most = total / parts;
  const cut = runs(cutByCost(ops, most));
  expect(cut.flat()).toEqual(costs);
  // Two operations that are one step stay together.
  const steps = runsOf(ops).map(([from, end]) => ({ from, cost: sum(costs.slice(from, end)) }));
  let from = 0;
  for (const run of cut) {
    const end = from + run.length;
    const own = steps.filter((step) => step.from >= from && step.from < end);
    expect(own.length === 1 || sum(run) <= most).toBe(true);
    // None could have had the first step of the next too.
    const next = steps.find((step) => step.from === end);
    expect(end === ops.length || sum(run) + (next?.cost ?? NaN) > most).toBe(true);
    from = end;
  }
});

test('a budget without end is one run, one of nothing a run for each step', () => {
  expect(cutByCost(ops, Infinity)).toEqual([ops.length]);
  expect(cutByCost(ops, 0)).toEqual(runsOf(ops).map(([, to]) => to));
  expect(cutByCost([], 1)).toEqual([]);
});

test('every operation costs something', () => {
  expect(Math.min(...costs)).toBeGreaterThan(0);
});
