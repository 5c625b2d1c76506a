import { describe, expect, test } from 'vitest';
import { accesses } from '../../src/model/dataflow.ts';
import { tensorBytes } from '../../src/model/graph.ts';
import { buildClassifier } from '../../src/model/metaspikeformer/classifier.ts';
import { parseClassifierConfig } from '../../src/model/metaspikeformer/config.ts';
import { isClassifierGolden } from '../../src/model/metaspikeformer/golden.ts';
import { planBuffers } from '../../src/model/plan.ts';
import { expectedTensors } from '../../src/model/state-dict.ts';
import { goldenManifest, goldenSize } from '../support/goldens.ts';

const manifest = await goldenManifest('lif');
const config = parseClassifierConfig(manifest.config);
const graph = buildClassifier(config, goldenSize(manifest));

describe('the graph of the classifier', () => {
  test('has every neuron of the original, with as many units, in its order', () => {
    const units = graph.neurons.map(({ name, spikes }) => {
      const { height, width } = spikes.tensor.shape;
      return [name, config.timesteps * height * width * spikes.channels];
    });
    const expected = manifest.neurons.map(({ name, shape }) => [
      name,
      shape.reduce((a, b) => a * b, 1),
    ]);
    expect(units).toEqual(expected);
  });

  test('reads every tensor of the state dict', async () => {
    const expected = expectedTensors(config);
    const read = new Set<string>();
    for (const group of graph.constants) {
      const arrays = await group.load((tensor) => {
        read.add(tensor);
        const size = expected.get(tensor)?.reduce((a, b) => a * b, 1) ?? NaN;
        return Promise.resolve(new Float32Array(size).fill(0.5));
      });
      group.constants.forEach((constant, i) =>
        expect(arrays[i]?.byteLength, constant.label).toBe(constant.bytes),
      );
    }
    expect([...expected.keys()].filter((tensor) => !read.has(tensor))).toEqual([]);
  });

  test('is planned so that nothing shares a buffer with a state, the picture or the logits', () => {
    const plan = planBuffers(graph);
    const kept = [graph.input, graph.logits, ...graph.states];
    const slots = new Map<number | undefined, Set<number>>();
    for (const op of graph.ops) {
      const { reads, writes } = accesses(op);
      for (const { id } of [...reads, ...writes]) {
        const slot = plan.slotOf.get(id);
        slots.set(slot, (slots.get(slot) ?? new Set()).add(id));
      }
    }
    for (const { id, label } of kept) {
      expect([...(slots.get(plan.slotOf.get(id)) ?? [])], label).toEqual([id]);
    }
    // Query, key and value are one layer, so they have one state.
    const neurons = graph.neurons.filter(({ name }) => !/\.[kv]_lif$/.test(name));
    expect(graph.states).toHaveLength(neurons.length + 1);
    expect(plan.activationBytes).toBeGreaterThan(
      graph.states.reduce((sum, state) => sum + tensorBytes(state), 0),
    );
  });
});

describe('the configuration of the classifier', () => {
  const changed = (change: object) => () =>
    parseClassifierConfig({ ...manifest.config, ...change });
  const lif = manifest.config['lif'] as object;

  test('is told from that of a segmenter by its leaky neurons', async () => {
    expect(isClassifierGolden(manifest)).toBe(true);
    expect(isClassifierGolden(await goldenManifest('micro'))).toBe(false);
  });

  test.for([
    [{ T: 0 }, 'config.T is 0'],
    [{ num_heads: 5 }, 'a divisor of embed_dim[2]'],
    [{ embed_dim: [16, 32, 64, 98], num_heads: 2 }, 'a multiple of 4'],
    [{ depths: [6] }, 'whose last two count attention blocks'],
    [{ lif: { ...lif, v_reset: 0.5 } }, 'config.lif.v_reset is 0.5, expected 0'],
    [{ lif: { ...lif, decay_input: false } }, 'config.lif.decay_input is false, expected true'],
    [{ lif: { ...lif, tau: 0 } }, 'config.lif.tau is 0'],
  ] as const)('is refused by name: %o', ([change, message]) => {
    expect(changed(change)).toThrow(message);
  });
});
