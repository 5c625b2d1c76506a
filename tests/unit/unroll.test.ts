import { expect, test } from 'vitest';
import { parseConfig } from '../../src/model/config.ts';
import { accesses, neuronOf } from '../../src/model/dataflow.ts';
import type { Op, Slice } from '../../src/model/graph.ts';
import { planBuffers } from '../../src/model/plan.ts';
import { buildNetwork } from '../../src/model/spike2former/network.ts';
import { goldenManifest, goldenSize } from '../support/goldens.ts';

const manifest = await goldenManifest('tiny');
const config = parseConfig(manifest.config);
const fused = buildNetwork(config, goldenSize(manifest));
const unrolled = buildNetwork(config, goldenSize(manifest), { unrolled: true });

const count = (ops: readonly Op[], kind: Op['kind']) => ops.filter((op) => op.kind === kind).length;

test('every layer on spikes becomes D, attention D · D, and nothing else more', () => {
  const { levels } = config;
  const times: Partial<Record<Op['kind'], number>> = {
    'spike-conv': levels,
    'spike-depthwise': levels,
    attention: levels ** 2,
  };
  for (const kind of new Set(fused.ops.map((op) => op.kind))) {
    expect(count(unrolled.ops, kind), kind).toBe((times[kind] ?? 1) * count(fused.ops, kind));
  }
  const layers = count(fused.ops, 'spike-conv') + count(fused.ops, 'spike-depthwise');
  const inputs = layers + 2 * count(fused.ops, 'attention'); // queries and keys
  expect(count(unrolled.ops, 'unroll')).toBe(levels * inputs);
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

test('attention sees each timestep of the queries with each of the keys, and values as counts', () => {
  const { levels } = config;
  const whole = fused.ops.filter((op) => op.kind === 'attention');
  const unrolls = unrolled.ops.filter((op) => op.kind === 'unroll');
  const stepOf = ({ tensor }: Slice) => unrolls.find(({ spikes }) => spikes === tensor);
  unrolled.ops
    .filter((op) => op.kind === 'attention')
    .forEach(({ q, k, v, output }, i) => {
      const at = i % levels ** 2;
      const from = whole[Math.floor(i / levels ** 2)];
      expect(stepOf(q)).toMatchObject({
        step: 1 + Math.floor(at / levels),
        counts: from?.q.tensor,
      });
      expect(stepOf(k)).toMatchObject({ step: 1 + (at % levels), counts: from?.k.tensor });
      expect(v).toEqual(from?.v);
      expect(output.accumulate).toBe(at > 0);
      expect(output.fired !== undefined).toBe(at === levels ** 2 - 1);
    });
});

test('binary spikes have tensors of their own, in less than three times the memory', () => {
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
