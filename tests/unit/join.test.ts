import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/model/config.ts';
import { accesses } from '../../src/model/dataflow.ts';
import type { Op } from '../../src/model/graph.ts';
import { pairAt, runsOf } from '../../src/model/join.ts';
import { planBuffers } from '../../src/model/plan.ts';
import { buildNetwork } from '../../src/model/spike2former/network.ts';
import { goldenManifest, goldenSize } from '../support/goldens.ts';

async function network(name: string) {
  const manifest = await goldenManifest(name);
  return buildNetwork(parseConfig(manifest.config), goldenSize(manifest));
}

const graphs = await Promise.all(['micro', 'tiny', 'bench256'].map(network));

describe('pairs of operations', () => {
  test.for(graphs)('are next to each other, and all operations stay in order', (graph) => {
    const { ops } = graph;
    const runs = runsOf(ops);
    expect(runs.flatMap(([from, to]) => ops.slice(from, to))).toEqual(ops);
    for (const [from, to] of runs) {
      expect(to - from).toBe(pairAt(ops, from) ? 2 : 1);
    }
  });

  test.for(graphs)('the second reads what the first made', (graph) => {
    for (const pair of pairsOf(graph.ops)) {
      const [first, second] = pair.ops.map(accesses);
      expect(first?.writes.some((tensor) => second?.reads.includes(tensor))).toBe(true);
    }
  });

  test.for(graphs)('what a separable layer keeps to itself nothing else reads', (graph) => {
    const kept = pairsOf(graph.ops).flatMap(({ kind, ops: [first] }) =>
      kind === 'dense-separable'
        ? [(first as Extract<Op, { kind: 'dense-depthwise' }>).output]
        : [],
    );
    for (const tensor of kept) {
      const readers = graph.ops.filter((op) => accesses(op).reads.includes(tensor));
      expect(readers).toHaveLength(1);
    }
  });

  test('make the benchmark network a hundred and sixty dispatches at most', () => {
    const ops = graphs[2]?.ops ?? [];
    const kinds = pairsOf(ops).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'spike-mlp')).toHaveLength(14);
    expect(kinds.filter((kind) => kind === 'dense-separable')).toHaveLength(16);
    const dispatches = runsOf(ops).filter(([from]) => ops[from]?.kind !== 'copy');
    expect(dispatches.length).toBeLessThanOrEqual(160);
  });

  test.for(graphs)('none writes into a buffer that it reads', (graph) => {
    const { slotOf } = planBuffers(graph);
    for (const { ops } of pairsOf(graph.ops)) {
      const own = new Set(ops.flatMap((op) => accesses(op).writes));
      const slots = new Map([...own].map((tensor) => [slotOf.get(tensor.id), tensor]));
      expect(slots.size).toBe(own.size);
      for (const tensor of ops.flatMap((op) => accesses(op).reads)) {
        const there = slots.get(slotOf.get(tensor.id));
        expect(there === undefined || there === tensor).toBe(true);
      }
    }
  });

  test('are not made where a layer is stored, has more to add, or has no fours', () => {
    const [graph] = graphs;
    const mlp = pairsOf(graph?.ops ?? []).find(({ kind }) => kind === 'spike-mlp');
    if (mlp?.kind !== 'spike-mlp') throw new TypeError('there is an MLP');
    const [first, second] = mlp.ops;
    const { output } = first;
    const part = { label: 'part', input: first.input, outputs: 4 };
    const changed = (change: Partial<typeof output>) => ({
      ...first,
      output: { ...output, ...change },
    });
    expect(pairAt([first, second], 0)).toBeDefined();
    expect(pairAt([second, first], 0)).toBeUndefined();
    expect(pairAt([first], 0)).toBeUndefined();
    expect(pairAt([changed({ store: true }), second], 0)).toBeUndefined();
    expect(pairAt([changed({ accumulate: true }), second], 0)).toBeUndefined();
    expect(pairAt([changed({ fired: undefined }), second], 0)).toBeUndefined();
    expect(pairAt([{ ...first, kernel: 3 }, second], 0)).toBeUndefined();
    expect(pairAt([first, { ...second, coarse: output.membrane }], 0)).toBeUndefined();
    expect(pairAt([first, { ...second, weights: output.membrane }], 0)).toBeUndefined();
    const odd = { ...first, input: { ...first.input, offset: 2 } };
    expect(pairAt([odd, second], 0)).toBeUndefined();
    const taller = { ...output.shape, height: output.shape.height + 1 };
    expect(pairAt([changed({ shape: taller }), second], 0)).toBeUndefined();
    expect(pairAt([first, { ...second, parts: [part, part] }], 0)).toBeUndefined();
  });
});

test('are not made of separable layers of another kind or size, or too many channels', () => {
  const [graph] = graphs;
  const pair = pairsOf(graph?.ops ?? []).find(({ kind }) => kind === 'dense-separable');
  if (pair?.kind !== 'dense-separable') throw new TypeError('there is a separable layer');
  const [first, second] = pair.ops;
  const { output } = second;
  const { shape } = output;
  expect(pairAt([first, second], 0)).toBeDefined();
  for (const change of [
    { kernel: 3 },
    { stride: 2 as const },
    { input: first.input },
    { output: { ...output, channelMajor: true } },
    { output: { ...output, shape: { ...shape, height: shape.height + 1 } } },
    { output: { ...output, shape: { ...shape, channels: 4 * 1028 } } },
    { groups: 2 * shape.channels },
  ]) {
    expect(pairAt([first, { ...second, ...change }], 0), JSON.stringify(change)).toBeUndefined();
  }
  // Someone else reads what would not be written.
  expect(pairAt([first, second, { ...second }], 0)).toBeUndefined();
});

function pairsOf(ops: readonly Op[]) {
  return runsOf(ops).flatMap(([from]) => pairAt(ops, from) ?? []);
}
