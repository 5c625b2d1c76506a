import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/model/config.ts';
import { accesses } from '../../src/model/dataflow.ts';
import { tensorBytes, type Graph } from '../../src/model/graph.ts';
import { planBuffers } from '../../src/model/plan.ts';
import { buildNetwork } from '../../src/model/spike2former/network.ts';
import { expectedTensors } from '../../src/model/state-dict.ts';
import { goldenManifest, goldenSize } from '../support/goldens.ts';

const GOLDENS = ['micro', 'micro_odd', 'tiny', 'bench256', 'trained_friends'];

async function network(name: string, literal = false) {
  const manifest = await goldenManifest(name);
  const config = parseConfig(manifest.config);
  return { manifest, config, graph: buildNetwork(config, goldenSize(manifest), { literal }) };
}

describe.each(GOLDENS)('the graph of %s', (name) => {
  test('has every neuron of the original, with as many units', async () => {
    const { manifest, graph } = await network(name);
    const units = new Map(
      graph.neurons.map(({ name, spikes }) => {
        const { height, width } = spikes.tensor.shape;
        return [name, height * width * spikes.channels];
      }),
    );
    expect([...units.keys()].sort()).toEqual(manifest.neurons.map((n) => n.name).sort());
    for (const { name, shape } of manifest.neurons) {
      // The head's neurons are stored for every stage; only the last decides.
      const [stages = 1, ...rest] = shape;
      const size = rest.reduce((a, b) => a * b, 1);
      const perStage = isHead(name) ? size : stages * size;
      expect(units.get(name), name).toBe(perStage);
    }
  });

  test('reads every tensor of the state dict, whichever order the products take', async () => {
    for (const literal of [false, true]) {
      const { config, graph } = await network(name, literal);
      const expected = expectedTensors(config);
      const read = new Set<string>();
      for (const group of graph.constants) {
        const arrays = await group.load((tensor) => {
          read.add(tensor);
          const size = expected.get(tensor)?.reduce((a, b) => a * b, 1);
          if (size === undefined) throw new Error(`no tensor ${tensor}`);
          return Promise.resolve(new Float32Array(size).fill(0.5));
        });
        group.constants.forEach((constant, i) =>
          expect(arrays[i]?.byteLength, constant.label).toBe(constant.bytes),
        );
      }
      expect([...expected.keys()].filter((tensor) => !read.has(tensor))).toEqual([]);
    }
  });

  test('is planned so that no two living tensors share a buffer', async () => {
    const { graph } = await network(name);
    const plan = planBuffers(graph);
    expectNoClash(graph);
    const naive = new Map(
      graph.ops.flatMap((op) => {
        const { reads, writes } = accesses(op);
        return [...reads, ...writes].map((t) => [t.id, tensorBytes(t)] as const);
      }),
    );
    const total = [...naive.values()].reduce((a, b) => a + b, 0);
    expect(plan.activationBytes).toBeLessThan(total / 2);
  });
});

test('the largest benchmark network fits 24 MiB', async () => {
  const { graph } = await network('bench256');
  const { activationBytes, weightBytes } = planBuffers(graph);
  expect(activationBytes + weightBytes).toBeLessThan(24 * 2 ** 20);
});

function isHead(name: string): boolean {
  return /^decode_head\.(mask_embed\.\w+|\w+_spike)$/.test(name);
}

/** Runs the graph on a model of memory: every buffer remembers whose value it holds. */
function expectNoClash(graph: Graph): void {
  const plan = planBuffers(graph);
  const holds = new Map<number | undefined, number>();
  holds.set(plan.slotOf.get(graph.input.id), graph.input.id);
  for (const op of graph.ops) {
    const { reads, writes } = accesses(op);
    for (const tensor of reads) {
      expect(holds.get(plan.slotOf.get(tensor.id)), `${op.label} reads ${tensor.label}`).toBe(
        tensor.id,
      );
      expect(writes).not.toContain(tensor);
    }
    const slots = [...reads, ...writes].map((t) => plan.slotOf.get(t.id));
    const distinct = new Set([...reads, ...writes].map((t) => t.id)).size;
    expect(new Set(slots).size, op.label).toBe(distinct);
    for (const tensor of writes) {
      const slot = plan.slotOf.get(tensor.id);
      expect(slot).toBeDefined();
      expect(plan.slots[slot ?? -1]).toBeGreaterThanOrEqual(tensorBytes(tensor));
      holds.set(slot, tensor.id);
    }
  }
  for (const tensor of graph.outputs) expect(holds.get(plan.slotOf.get(tensor.id))).toBe(tensor.id);
}
