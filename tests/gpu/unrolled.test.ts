import { describe, expect } from 'vitest';
import { verifyGolden } from '../../src/engine/verdict.ts';
import { unrollGraph } from '../../src/model/unroll.ts';
import { firstDifference } from '../support/compare.ts';
import { test } from '../support/gpu.ts';
import { openGolden } from '../support/open-golden.ts';
import { everySpikingLayer, potentials } from '../support/spiking-graph.ts';

/** The goldens whose spikes do not depend on the order of sums. */
const STABLE = ['micro', 'micro_odd', 'trained_friends'];

describe('in virtual time, one binary spike after another', () => {
  test.for([...STABLE, 'tiny', 'trained_selfie_street'])(
    'every neuron layer of %s fires as the original, given its input and on its own',
    async (name, { gpu }) => {
      const { golden, read } = await openGolden(name);
      const { teacherForced, freeRunning, faults } = await verifyGolden(gpu.device, golden, read, {
        unrolled: true,
      });
      expect(faults).toEqual([]);
      expect(teacherForced.length).toBeGreaterThan(150);
      if (STABLE.includes(name)) {
        expect([...teacherForced, ...freeRunning].filter(({ flips }) => flips > 0)).toEqual([]);
      }
    },
  );

  test.for([1, 4, 15])(
    'potentials equal those of counts to the last bit where sums are exact, D = %i',
    async (levels, { gpu }) => {
      const graph = everySpikingLayer(levels);
      const fused = await potentials(gpu, graph);
      const unrolled = await potentials(gpu, unrollGraph(graph));
      expect([...fused.keys()]).toEqual(graph.neurons.map(({ name }) => name));
      for (const [name, map] of fused) {
        expect(
          map.some((v) => v > 1),
          name,
        ).toBe(true);
        expect(firstDifference(unrolled.get(name) ?? [], map), name).toBeUndefined();
      }
    },
  );
});
