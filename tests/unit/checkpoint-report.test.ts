import { describe, expect, test } from 'vitest';
import { classColor } from '../../src/model/class-colors.ts';
import { checkpointManifest, recognisePublished } from '../../src/model/checkpoint/manifest.ts';
import { openWeights, type OpenWeights } from '../../src/model/checkpoint/open-weights.ts';
import type { CheckpointOptions } from '../../src/model/checkpoint/options.ts';
import { reportCheckpoint } from '../../src/model/checkpoint/report.ts';
import { PUBLISHED_MODELS, RELEASED_CONFIG } from '../../src/model/registry/registry.ts';
import { expectedTensors } from '../../src/model/state-dict.ts';
import type { TensorInfo } from '../../src/model/tensors.ts';
import { checkpointFixture } from '../support/checkpoints.ts';
import { fileSource } from '../support/files.ts';
import { shared } from '../support/shared.ts';

const MICRO: CheckpointOptions = { numHeads: 4, decHeads: 2 };
const micro = (name: string) => openWeights(fileSource(shared('goldens', 'micro', name)));

/** Names and shapes without data. */
function weightsOf(
  shapes: Iterable<readonly [string, readonly number[]]>,
  dtype: TensorInfo['dtype'] = 'F32',
): OpenWeights {
  const tensors = new Map(Array.from(shapes, ([name, shape]) => [name, { dtype, shape }]));
  const read = () => Promise.reject(new Error('no data here'));
  return { format: 'zip', tensors: { tensors, read }, wrapper: [], meta: new Map() };
}
const released = (dtype?: TensorInfo['dtype']) =>
  weightsOf(expectedTensors(RELEASED_CONFIG), dtype);
const FILE = { name: 'own.pth', bytes: 10, sha256: '0'.repeat(64) };

describe('openWeights', () => {
  test.each([
    ['checkpoint_mmengine.pth', 'zip', ['state_dict']],
    ['checkpoint_legacy.pth', 'legacy', ['state_dict']],
    ['weights.safetensors', 'safetensors', []],
  ])('%s is %s', async (name, format, wrapper) => {
    expect(await micro(name)).toMatchObject({ format, wrapper });
  });

  test('an empty file is refused as by the reader of checkpoints', async () => {
    const file = { name: 'empty.pth', size: 0, slice: () => Promise.resolve(new Uint8Array()) };
    await expect(openWeights(file)).rejects.toThrow(/empty\.pth.*0 bytes/);
  });
});

describe('reportCheckpoint', () => {
  test('a file of ours matches in every tensor', async () => {
    const report = reportCheckpoint(await micro('checkpoint_mmengine.pth'), MICRO);
    expect(report.problem).toBeUndefined();
    expect(report.config).toMatchObject({ numClasses: 5, numQueries: 12, numHeads: 4 });
    const { matched, ...faults } = report.tensors;
    expect(matched).toHaveLength(expectedTensors(report.config ?? RELEASED_CONFIG).size);
    expect(faults).toEqual({ missing: [], unexpected: [], misshaped: [] });
    expect(report.classes.slice(3)).toEqual([
      { name: 'trottoir', color: '#503232' },
      { name: '天空', color: '#04c803' },
    ]);
  });

  test('the released network has the parameters that its authors count', () => {
    expect(reportCheckpoint(released()).parameters).toBe(34_361_112);
  });

  test('without names classes are numbered, each in a colour of its own', async () => {
    const { classes } = reportCheckpoint(await micro('weights.safetensors'), MICRO);
    expect(classes).toEqual(
      Array.from({ length: 5 }, (_, i) => ({ name: `class ${i}`, color: classColor(i) })),
    );
  });

  test('classes that are given come before those of the file', async () => {
    const cat = { name: 'cat', color: '#123456' };
    const options = { ...MICRO, classes: [cat] };
    const { classes } = reportCheckpoint(await micro('checkpoint_mmengine.pth'), options);
    expect(classes.slice(0, 2)).toEqual([cat, { name: 'class 1', color: classColor(1) }]);
  });

  test('more classes than the network has are refused', async () => {
    const weights = await micro('weights.safetensors');
    const attempt = () => reportCheckpoint(weights, { ...MICRO, as: 'Cityscapes-SDTv2' });
    expect(attempt).toThrow(/19 classes are given, the checkpoint has 5/);
  });

  test('`as` gives classes, and numbers those beyond', () => {
    const { classes, problem } = reportCheckpoint(released(), { as: 'VOC2012-1x4' });
    expect(problem).toBeUndefined();
    expect(classes).toHaveLength(150);
    expect([classes[20]?.name, classes[21]?.name]).toEqual(['tvmonitor', 'class 21']);
  });

  test('a name that was not published is refused', () => {
    const as = 'ADE20K' as 'ADE20K-SDTv2';
    expect(() => reportCheckpoint(released(), { as })).toThrow(/"ADE20K".*use one of ADE20K-SDTv2/);
  });

  test('every kind of fault is listed, counters and auxiliary heads are not', () => {
    const shapes = new Map<string, readonly number[]>(expectedTensors(RELEASED_CONFIG));
    shapes.delete('decode_head.w');
    shapes.set('decode_head.mask_embed.fc1.weight', [1, 2]);
    shapes.set('backbone.extra', [3]);
    shapes.set('auxiliary_head.conv.weight', [3]);
    shapes.set('backbone.downsample2.encode_bn.num_batches_tracked', []);
    const { tensors, problem } = reportCheckpoint(weightsOf(shapes));
    expect(tensors.missing).toEqual([{ name: 'decode_head.w', shape: [1] }]);
    expect(tensors.unexpected).toEqual([{ name: 'backbone.extra', shape: [3] }]);
    expect(tensors.misshaped).toEqual([
      { name: 'decode_head.mask_embed.fc1.weight', expected: [256, 256], found: [1, 2] },
    ]);
    expect(problem).toMatch(/1 missing.*1 unexpected.*1 of another shape/);
  });

  test('a file that is not ours is compared with the released network, and said to be what it is', () => {
    const backbone = [...expectedTensors(RELEASED_CONFIG)].filter(([n]) =>
      n.startsWith('backbone'),
    );
    const { config, tensors, classes, problem } = reportCheckpoint(weightsOf(backbone));
    expect(config).toBeUndefined();
    expect(classes).toEqual([]);
    expect(tensors.matched).toHaveLength(backbone.length);
    expect(tensors.missing.length).toBeGreaterThan(500);
    expect(problem).toMatch(/backbone of a Spike2Former alone/);
  });

  test('heads that do not divide the width are a problem, not a crash', async () => {
    const { problem } = reportCheckpoint(await micro('weights.safetensors'), { numHeads: 5 });
    expect(problem).toMatch(/num_heads/);
  });

  test('the state of an optimiser has no tensors to report', async () => {
    const attempt = openWeights(fileSource(checkpointFixture('optimiser.pth')));
    await expect(attempt).rejects.toThrow(/optimiser/);
  });
});

describe('checkpointManifest', () => {
  const manifestOf = (weights: OpenWeights, options: CheckpointOptions = {}) =>
    checkpointManifest(FILE, weights.tensors, reportCheckpoint(weights, options), options);

  test('takes name and size from the file, and the official preprocessing', () => {
    const manifest = manifestOf(released());
    expect(manifest).toMatchObject({
      name: 'own',
      title: 'own.pth',
      config: RELEASED_CONFIG,
      preprocessing: { fit: 'keep', scale: [2048, 512], size: [512, 512], divisor: 1 },
      weights: { file: 'own.pth', bytes: 10, dtype: 'f32', parameters: 34_361_112 },
      licence: undefined,
    });
  });

  test('takes what was published from the registry', () => {
    const model = PUBLISHED_MODELS[2];
    const cityscapes = weightsOf(expectedTensors({ ...RELEASED_CONFIG, numClasses: 19 }));
    const manifest = manifestOf(cityscapes, { as: 'Cityscapes-SDTv2' });
    expect(manifest).toMatchObject({
      name: 'Cityscapes-SDTv2',
      classes: model?.classes,
      preprocessing: { scale: [2048, 1024], divisor: 32 },
      licence: { weights: model?.licence },
    });
  });

  test('a size bounds the longer and the shorter side', () => {
    const { preprocessing } = manifestOf(released(), { size: { width: 256, height: 384 } });
    expect(preprocessing).toMatchObject({ size: [384, 256], scale: [384, 256] });
  });

  test('D and heads can be told', () => {
    const { config } = manifestOf(released(), { levels: 4, numHeads: 4, decHeads: 16 });
    expect(config).toMatchObject({ levels: 4, numHeads: 4, decHeads: 16 });
  });

  test.each([
    ['F16', 'f16'],
    ['BF16', 'bf16'],
    ['F64', 'f32'],
  ] as const)('weights stored as %s are %s', (stored, dtype) => {
    expect(manifestOf(released(stored)).weights.dtype).toBe(dtype);
  });

  test('a file with a problem makes none', () => {
    expect(() => manifestOf(weightsOf([['a', [1]]]))).toThrow(
      expect.objectContaining({
        code: 'weights-invalid',
        message: expect.stringMatching(/^own\.pth: .*no network known here/) as string,
      }),
    );
  });
});

test('a published file is recognised by its hash, unless the caller says otherwise', () => {
  const [model] = PUBLISHED_MODELS;
  const sha256 = model?.sha256 ?? '';
  expect(recognisePublished(sha256, {})).toEqual({ as: 'ADE20K-SDTv2' });
  expect(recognisePublished(sha256, { as: 'VOC2012-1x4' })).toEqual({ as: 'VOC2012-1x4' });
  expect(recognisePublished('f'.repeat(64), { levels: 4 })).toEqual({ levels: 4 });
});
