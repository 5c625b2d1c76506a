import { expect } from 'vitest';
import { verifyGolden } from '../../src/engine/verdict.ts';
import { parseGolden } from '../../src/model/golden.ts';
import { openSafetensors } from '../../src/model/safetensors.ts';
import { Weights } from '../../src/model/weights.ts';
import { fileSource, readJson } from '../support/files.ts';
import { test } from '../support/gpu.ts';
import { shared } from '../support/shared.ts';

async function openGolden(name: string) {
  const folder = shared('goldens', name);
  const tensors = await openSafetensors(fileSource(`${folder}/golden.safetensors`));
  const golden = parseGolden(readJson(`${folder}/manifest.json`), tensors);
  const source = await openSafetensors(fileSource(`${folder}/${golden.weightsFile}`));
  return { golden, weights: new Weights(source, golden.config) };
}

const flips = (layers: readonly { readonly flips: number }[]) =>
  layers.reduce((sum, layer) => sum + layer.flips, 0);

// The pictures on which the original agrees with itself in every integer.
test.for([
  ['micro', false, ['class logits', 'mask logits', 'scores']],
  ['micro', true, ['class logits', 'mask logits', 'scores']],
  ['micro_odd', false, ['class logits', 'mask logits', 'scores']],
  ['bench256', false, ['class logits', 'mask logits']],
] as const)(
  '%s runs freely without a flip (literal: %s)',
  async ([name, literal, outputs], { gpu }) => {
    const { golden, weights } = await openGolden(name);
    const read = (tensor: string) => weights.read(tensor);
    const result = await verifyGolden(gpu.device, golden, read, { literal });
    expect(result.faults).toEqual([]);
    expect(flips(result.freeRunning)).toBe(0);
    expect(result.outputs.map((output) => output.name)).toEqual(outputs);
    expect(result.labels).toMatchObject({ pixels: golden.size.height * golden.size.width });
    // Of bench256 the statistics are stored, except those of the head's several stages.
    const stored = name === 'bench256' ? result.firing : result.freeRunning;
    expect(stored.length).toBeGreaterThan(160);
  },
);

// One integer of it depends on the order of sums.
test('every flip of tiny is a near-tie or follows from one, and no label changes', async ({
  gpu,
}) => {
  const { golden, weights } = await openGolden('tiny');
  const result = await verifyGolden(gpu.device, golden, (tensor) => weights.read(tensor));
  expect(result.faults).toEqual([]);
  expect(result.untraced).toEqual([]);
  expect(result.labels).toMatchObject({ pixels: 16_384, different: 0 });
});

test('a wrong weight is found where it is, and told apart from what follows', async ({ gpu }) => {
  const { golden, weights } = await openGolden('micro');
  const wrong = 'backbone.block3.2.attn.q_conv.0.body.0.weight';
  const read = async (tensor: string) => {
    const values = await weights.read(tensor);
    return tensor === wrong ? values.fill(0, 0, 32) : values;
  };
  const { teacherForced, untraced, freeRunning, faults } = await verifyGolden(
    gpu.device,
    golden,
    read,
  );
  const layer = 'backbone.block3.2.attn.q_spike';
  expect(teacherForced.filter((l) => l.flips > l.excused).map(({ name }) => name)).toEqual([layer]);
  expect(untraced).toEqual([layer]);
  expect(freeRunning.filter((l) => l.flips > 0).length).toBeGreaterThan(10);
  expect(faults.filter((fault) => fault.includes(layer)).length).toBeGreaterThanOrEqual(2);
});

test('nothing to compare is no success', async ({ gpu }) => {
  const { golden, weights } = await openGolden('micro');
  const { tensors } = golden.tensors;
  const bare = new Map([...tensors].filter(([name]) => name === 'input'));
  const empty = { ...golden, firing: [], tensors: { ...golden.tensors, tensors: bare } };
  const { faults } = await verifyGolden(gpu.device, empty, (tensor) => weights.read(tensor));
  expect(faults).toEqual(['the golden stores nothing to compare with']);
});
