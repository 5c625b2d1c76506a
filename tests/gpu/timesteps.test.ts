import { describe, expect } from 'vitest';
import { Classifier } from '../../src/engine/classifier.ts';
import { verifyLif } from '../../src/engine/verify-lif.ts';
import { lif } from '../../src/reference/lif.ts';
import { firstDifference } from '../support/compare.ts';
import { test } from '../support/gpu.ts';
import { openClassifierGolden } from '../support/open-golden.ts';

describe('a classifier of leaky neurons, over its timesteps', () => {
  test('fires every spike of the original, and no other', async ({ gpu }) => {
    const { golden, read } = await openClassifierGolden('lif');
    const { teacherForced, freeRunning, outputs, faults } = await verifyLif(
      gpu.device,
      golden,
      read,
    );
    expect(faults).toEqual([]);
    for (const layers of [teacherForced, freeRunning]) {
      expect(layers.reduce((sum, { units }) => sum + units, 0)).toBe(954_752);
      expect(layers.filter(({ flips }) => flips > 0)).toEqual([]);
    }
    expect(teacherForced.filter(({ error }) => error)).toHaveLength(21);
    expect(outputs).toHaveLength(1);
  });

  test('gives the same logits twice: a picture leaves no trace', async ({ gpu }) => {
    const { golden, read } = await openClassifierGolden('lif');
    const classifier = await Classifier.create(gpu.device, golden.config, golden.size, read);
    const picture = new Float32Array(64 * 64 * 3).map((_, i) => Math.sin(i));
    const once = await classifier.classify(picture);
    const again = await classifier.classify(picture);
    const { logits } = await classifier.record(picture);
    await expect(classifier.traceMembranes(picture, 'lif')).rejects.toThrow('with `observe`');
    await expect(classifier.traceMembranes(picture, 'spike')).rejects.toThrow('no neuron layer');
    await expect(classifier.classify(picture.subarray(3))).rejects.toThrow('64 × 64 of 3');
    classifier.destroy();
    expect(once.some((value) => value !== 0)).toBe(true);
    expect(firstDifference(again, once)).toBeUndefined();
    expect(firstDifference(logits, once)).toBeUndefined();
  });

  test('shows the membrane potentials of a layer over time', async ({ gpu }) => {
    const { golden, read } = await openClassifierGolden('lif');
    const { config, size, tensors } = golden;
    const classifier = await Classifier.create(gpu.device, config, size, read, { observe: true });
    const planes = await tensors.read('input');
    const pixels = size.height * size.width;
    const picture = planes.map((_, i) => planes[(i % 3) * pixels + Math.floor(i / 3)] ?? NaN);
    for (const [name, threshold] of [
      ['block3.0.attn.k_lif', config.threshold],
      ['block4.0.attn.attn_lif', config.attentionThreshold],
      ['lif', config.threshold],
    ] as const) {
      const trace = await classifier.traceMembranes(picture, name);
      expect(trace).toMatchObject({ name, threshold });
      expect(trace.potentials).toHaveLength(config.timesteps);
      const spikes = await tensors.read(`lif_out/${name}`);
      // What the original's currents make of the potentials.
      const currents = await tensors.read(`lif_in/${name}`);
      const units = currents.length / config.timesteps;
      let state = new Float32Array(units);
      trace.potentials.forEach((potentials, t) => {
        const current = currents.subarray(t * units, (t + 1) * units);
        const step = lif(current, state, { tau: config.tau, threshold });
        expect(firstDifference(potentials, step.potential, 2e-5)).toBeUndefined();
        const fired = spikes.subarray(t * units, (t + 1) * units);
        expect(firstDifference(trace.spikes[t] ?? [], fired)).toBeUndefined();
        state = Float32Array.from(step.state);
      });
    }
    classifier.destroy();
  });
});
