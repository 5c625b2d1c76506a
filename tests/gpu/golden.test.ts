import { expect } from 'vitest';
import { GoldenRun } from '../../src/engine/verify.ts';
import { parseGolden } from '../../src/model/golden.ts';
import { openSafetensors } from '../../src/model/safetensors.ts';
import { Weights } from '../../src/model/weights.ts';
import { fileSource, readJson } from '../support/files.ts';
import { test } from '../support/gpu.ts';
import { shared } from '../support/shared.ts';

async function openGolden(name: string) {
  const folder = shared('goldens', name);
  const tensors = await openSafetensors(await fileSource(`${folder}/golden.safetensors`));
  const golden = parseGolden(await readJson(`${folder}/manifest.json`), tensors);
  const source = await openSafetensors(await fileSource(`${folder}/${golden.weightsFile}`));
  const weights = new Weights(source, golden.config);
  return { golden, read: (tensor: string) => weights.read(tensor) };
}

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
