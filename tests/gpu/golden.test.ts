import { expect } from 'vitest';
import { GoldenRun } from '../../src/engine/verify.ts';
import { test } from '../support/gpu.ts';
import { openGolden } from '../support/open-golden.ts';

test.for(['micro', 'micro_odd', 'tiny', 'trained_friends', 'trained_selfie_street'])(
  'every neuron layer of %s equals the original, given its input',
  async (name, { gpu }) => {
    const { golden, read } = await openGolden(name);
    const run = await GoldenRun.create(gpu.device, golden, read, { observe: true });
    const layers = await run.teacherForced();
    run.destroy();
    const unexcused = layers.filter(({ flips, excused }) => flips > excused);
    expect(unexcused).toEqual([]);
    expect(layers.filter(({ error }) => error && !(error.max <= error.allowed))).toEqual([]);
    expect(layers.reduce((sum, { units }) => sum + units, 0)).toBeGreaterThan(400_000);
  },
);
