import { describe, expect, test } from 'vitest';
import type { CopyOp, Op } from '../../src/model/graph.ts';
import { engineWork } from '../../src/model/operations.ts';
import { profileOf } from '../../src/model/profile.ts';
import type { LayerFiring, LayerOperations } from '../../src/model/statistics.ts';
import { everySpikingLayer } from '../support/spiking-graph.ts';

const { ops, neurons, input } = everySpikingLayer(4);
/** The nth layer fires 2ⁿ spikes, so that sums tell what they are of. */
const layers = neurons.map(({ name }, i) => ({ name, spikes: 2 ** i }) as LayerFiring);
/** The nth product adds n thousand times, multiplies once, and would multiply n million times. */
const executed = ops
  .flatMap((op) => engineWork(op))
  .map(
    ({ name }, i) =>
      ({ name, accumulates: 1000 * i, macs: 1, denseMacs: 1e6 * i }) as LayerOperations,
  );
const constant = { label: 'queries', bytes: 4, uniform: false };
const copy: CopyOp = { kind: 'copy', label: 'copied', from: constant, to: input };

function profile(all: readonly Op[], milliseconds: readonly number[]) {
  return profileOf(all.map(stepOf), neurons, { layers, executed }, milliseconds);
}

function stepOf(op: Op) {
  return op.kind === 'copy' ? { ops: [op] } : { ops: [op], kind: op.kind };
}

describe('a profile', () => {
  test('gives every operation its own products, and rates in its own time', () => {
    const profiled = profile(
      ops,
      ops.map((_, i) => i + 1),
    );
    expect(profiled.map(({ name }) => name)).toEqual(ops.map(({ label }) => label));
    let next = 0;
    for (const [i, { operations, denseMacs, effective, dense }] of profiled.entries()) {
      const op = ops[i];
      const own = op ? executed.slice(next, (next += engineWork(op).length)) : [];
      expect(operations).toBe(own.reduce((sum, work) => sum + work.accumulates + work.macs, 0));
      expect(denseMacs).toBe(own.reduce((sum, work) => sum + work.denseMacs, 0));
      expect(effective).toBeCloseTo((2 * operations) / ((i + 1) / 1e3) / 1e9, 12);
      expect(dense).toBeCloseTo((2 * denseMacs) / ((i + 1) / 1e3) / 1e9, 12);
    }
    expect(next).toBe(executed.length);
  });

  test('adds up the spikes of all layers that an operation fires', () => {
    const of = (...names: readonly string[]) =>
      names.reduce((sum, name) => sum + (layers.find((one) => one.name === name)?.spikes ?? 0), 0);
    const profiled = profile(ops, []);
    const spikes = (label: string) => profiled.find(({ name }) => name === label)?.spikes;
    expect(spikes('qkv')).toBe(of('q', 'k', 'v'));
    expect(spikes('out')).toBe(of('residual'));
    expect(profiled.reduce((sum, op) => sum + op.spikes, 0)).toBe(2 ** layers.length - 1);
  });

  test('counts spikes that several layers share once', () => {
    const [first, ...others] = neurons;
    if (!first) throw new TypeError('there are neurons');
    const twice = [first, { ...first, name: 'again' }, ...others];
    const shared = { name: 'again', spikes: 1, sharedWith: first.name } as LayerFiring;
    const [one, ...rest] = layers;
    if (!one) throw new TypeError('there are layers');
    const profiled = profileOf(
      ops.map(stepOf),
      twice,
      { layers: [one, shared, ...rest], executed },
      [],
    );
    expect(profiled).toEqual(profile(ops, []));
  });

  test('leaves copies out, and takes nothing from the operations after them', () => {
    const milliseconds = ops.map((_, i) => i + 1);
    const without = profile(ops, milliseconds);
    expect(profile([copy, ...ops], [NaN, ...milliseconds])).toEqual(without);
  });

  test('tells no rate of what took no time', () => {
    for (const { effective, dense, milliseconds } of profile(
      ops,
      ops.map(() => 0),
    )) {
      expect(milliseconds).toBe(0);
      expect(effective).toBeUndefined();
      expect(dense).toBeUndefined();
    }
  });
});
