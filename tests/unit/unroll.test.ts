import { expect, test } from 'vitest';
import { parseConfig } from '../../src/model/config.ts';
import { accesses, neuronOf } from '../../src/model/dataflow.ts';
import type { Op } from '../../src/model/graph.ts';
import { planBuffers } from '../../src/model/plan.ts';
import { buildNetwork } from '../../src/model/spike2former/network.ts';
import { goldenManifest, goldenSize } from '../support/goldens.ts';

const manifest = await goldenManifest('tiny');
const config = parseConfig(manifest.config);
const fused = buildNetwork(config, goldenSize(manifest));
const unrolled = buildNetwork(config, goldenSize(manifest), { unrolled: true });

const count = (ops: readonly Op[], kind: Op['kind']) => ops.filter((op) => op.kind === kind).length;

test('every operation on spikes becomes D, and no other', () => {
  const spiking = ['spike-conv', 'spike-depthwise', 'key-value', 'attention'] as const;
  for (const kind of new Set(fused.ops.map((op) => op.kind))) {
    const times = spiking.some((other) => other === kind) ? config.levels : 1;
    expect(count(unrolled.ops, kind), kind).toBe(times * count(fused.ops, kind));
  }
  const layers = spiking.reduce((sum, kind) => sum + count(fused.ops, kind), 0);
  expect(count(unrolled.ops, 'unroll')).toBe(config.levels * layers);
});

test('the same neurons fire, each once, in the same order', () => {
  const fired = (ops: readonly Op[]) => ops.flatMap((op) => neuronOf(op).fired ?? []);
  expect(fired(unrolled.ops)).toEqual(fired(fused.ops));
  expect(unrolled.neurons).toEqual(fused.neurons);
});

test('a layer sees the spikes of one timestep after the other, and its bias once', () => {
  const steps = unrolled.ops.flatMap((op, i) => {
    const before = unrolled.ops[i - 1];
    return op.kind === 'spike-conv' && before?.kind === 'unroll' ? [{ op, before }] : [];
  });
  expect(steps).toHaveLength(count(unrolled.ops, 'spike-conv'));
  steps.forEach(({ op, before }, i) => {
    const step = 1 + (i % config.levels);
    expect(before.step).toBe(step);
    expect(op.input.tensor).toBe(before.spikes);
    expect(op.bias.label === 'no bias').toBe(step > 1);
    expect(op.output.accumulate || step === 1).toBe(true);
    expect(op.output.store || step === config.levels).toBe(true);
  });
});

test('binary spikes have tensors of their own, and little memory', () => {
  const ids = unrolled.ops.flatMap((op) => (op.kind === 'unroll' ? [op.spikes.id] : []));
  expect(new Set(ids).size).toBe(ids.length);
  const before = new Set(
    fused.ops.flatMap((op) => {
      const { reads, writes } = accesses(op);
      return [...reads, ...writes].map(({ id }) => id);
    }),
  );
  expect(ids.filter((id) => before.has(id))).toEqual([]);
  const [more, less] = [planBuffers(unrolled), planBuffers(fused)];
  // Most of it are membranes, which fused layers keep in registers.
  expect(more.activationBytes).toBeLessThan(3 * less.activationBytes);
});
