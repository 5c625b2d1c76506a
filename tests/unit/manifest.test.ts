import { expect, test } from 'vitest';
import { parseManifest } from '../../src/model/manifest.ts';
import { readJson } from '../support/files.ts';

const portrait = readJson('weights/portrait/manifest.json') as Record<string, unknown>;

/** The portrait manifest with the value at a path like `classes.0.color` replaced. */
function changed(path: string, value: unknown): unknown {
  const copy = structuredClone(portrait);
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const parent = keys.reduce<Record<string, unknown>>(
    (node, key) => node[key] as Record<string, unknown>,
    copy,
  );
  parent[last] = value;
  return copy;
}

test('reads the bundled manifest', () => {
  const manifest = parseManifest(portrait);
  expect(manifest).toMatchObject({
    name: 'portrait',
    title: 'Portrait parts',
    config: { levels: 4, numClasses: 6 },
    preprocessing: {
      channels: 'RGB',
      mean: [123.675, 116.28, 103.53],
      std: [58.395, 57.12, 57.375],
      size: [256, 256],
      resize: 'bilinear',
      antialias: true,
      fit: 'stretch',
    },
    weights: { file: 'model.safetensors', dtype: 'f16', bytes: 3_090_944, parameters: 1_377_440 },
    licence: { weights: 'MIT' },
  });
  expect(manifest.classes[5]).toEqual({ name: 'accessories', color: '#ffe119' });
  expect(manifest.sources).toHaveLength(4);
  expect(manifest.metrics).toMatchObject({ images: 199, accuracy: 0.8841508318010957 });
  expect(manifest.metrics?.iou).toHaveLength(6);
  expect(manifest.metrics?.operations.get('spike_accumulates')).toBe(343_458_494);
  expect(manifest.metrics?.neurons.get('decode_head.pixel_decoder.mask_feature_spike')).toEqual({
    firing: 0.09422135712513373,
    nonzero: 0.26612149530918755,
  });
});

test('survives the way from a worker to the page', () => {
  const manifest = parseManifest(portrait);
  expect(structuredClone(manifest)).toEqual(manifest);
});

test('a manifest needs no more than the network, its classes, its input and its file', () => {
  const { format, version, task, config, classes, preprocessing, weights } = portrait;
  const least = { format, version, task, config, classes, preprocessing, weights };
  expect(parseManifest(least)).toMatchObject({
    name: 'portrait',
    title: 'portrait',
    description: '',
    metrics: undefined,
    licence: undefined,
    sources: [],
  });
  expect(parseManifest({ ...least, metrics: {} }).metrics).toEqual({
    neurons: new Map(),
    operations: new Map(),
  });
});

test('fit "keep" has the scale and divisor of the official pipeline, or its own', () => {
  const keep = { ...(portrait['preprocessing'] as object), fit: 'keep' };
  expect(parseManifest(changed('preprocessing', keep)).preprocessing).toMatchObject({
    fit: 'keep',
    scale: [2048, 512],
    divisor: 1,
  });
  const cityscapes = { ...keep, scale: [2048, 1024], divisor: 32 };
  expect(parseManifest(changed('preprocessing', cityscapes)).preprocessing).toMatchObject({
    scale: [2048, 1024],
    divisor: 32,
  });
  const upright = changed('preprocessing', { ...keep, scale: [512, 2048] });
  expect(() => parseManifest(upright)).toThrow(
    /preprocessing\.scale\[1\] is 2048, expected .* 512/,
  );
});

test('colours come out in lower case', () => {
  expect(parseManifest(changed('classes.1.color', '#9A6324')).classes[1]?.color).toBe('#9a6324');
});

test.each([
  ['format', 'onnx', 'format is "onnx", expected "spike2former"'],
  ['version', 2, 'version is 2, expected 1'],
  ['name', '', 'name is ""'],
  ['description', 7, 'description is 7'],
  ['config', undefined, 'config is missing'],
  ['config.levels', 99, 'config.levels is 99, expected an integer from 1 to 15'],
  ['config.num_classes', 7, 'classes is a list of 6, expected a list of 7'],
  ['classes', {}, 'classes is of another type, expected a list'],
  ['classes.3.color', 'red', 'classes[3].color is "red", expected a colour like'],
  ['classes.3.color', '#ff00ff;x', 'classes[3].color is "#ff00ff;x"'],
  ['classes.2.name', null, 'classes[2].name is missing'],
  ['classes.2', 'hair', 'classes[2] is "hair", expected an object'],
  ['preprocessing.channels', 'BGR', 'preprocessing.channels is "BGR", expected "RGB"'],
  ['preprocessing.range', [-1, 255], 'preprocessing.range[0] is -1, expected 0'],
  ['preprocessing.range', [0, 1], 'preprocessing.range[1] is 1, expected 255'],
  ['preprocessing.mean', [1, 2], 'preprocessing.mean is a list of 2, expected a list of 3'],
  ['preprocessing.mean', [1, 2, 3, 4], 'preprocessing.mean is a list of 4, expected a list of 3'],
  ['preprocessing.std.1', 0, 'preprocessing.std[1] is 0, expected a number above 0'],
  ['preprocessing.size', [256], 'preprocessing.size is a list of 1, expected a list of 2'],
  ['preprocessing.size', [8, 8, 3], 'preprocessing.size is a list of 3, expected a list of 2'],
  ['preprocessing.size.0', 1e6, 'preprocessing.size[0] is 1000000, expected an integer from 1'],
  ['preprocessing.resize', 'bicubic', 'preprocessing.resize is "bicubic", expected "bilinear"'],
  ['preprocessing.antialias', 1, 'preprocessing.antialias is 1, expected true or false'],
  ['preprocessing.fit', 'crop', 'preprocessing.fit is "crop", expected "stretch" or "keep"'],
  ['metrics.miou', '0.6', 'metrics.miou is "0.6", expected a number'],
  ['metrics.miou', JSON.parse('1e999'), 'metrics.miou is Infinity, expected a number'],
  ['metrics.iou', [null], 'metrics.iou[0] is missing, expected a number'],
  ['metrics.neurons', { s: [1] }, 'metrics.neurons.s is a list of 1, expected a list of 2'],
  ['metrics.operations', { macs: true }, 'metrics.operations.macs is true, expected a number'],
  ['weights.dtype', 'f8', 'weights.dtype is "f8"'],
  ['weights.sha256', 'A984', 'weights.sha256 is "A984", expected 64 lower-case hexadecimal'],
  ['weights.bytes', -1, 'weights.bytes is -1'],
  ['weights.parameters', 1.5, 'weights.parameters is 1.5'],
  ['licence', 'MIT', 'licence is "MIT", expected an object'],
  ['data', [3], 'data[0] is 3'],
])('refuses %s = %o', (path, value, message) => {
  expect(() => parseManifest(changed(path, value))).toThrow(
    expect.objectContaining({
      code: 'manifest-invalid',
      message: expect.stringContaining(message) as string,
    }) as Error,
  );
});

test.each([
  '../model.safetensors',
  '..',
  '.hidden',
  '/etc/passwd',
  'a/b.safetensors',
  'a\\b.safetensors',
  'https://host/x',
  'data:,x',
  'x?y',
  'x%2f..',
  'two\nlines',
  '',
])('refuses %j as the weights file', (file) => {
  expect(() => parseManifest(changed('weights.file', file))).toThrow(
    /weights\.file is .*, expected a plain file name/,
  );
});

test('inherited keys are no values', () => {
  expect(() => parseManifest(Object.create(portrait))).toThrow(/format is missing/);
});

test.each([null, undefined, 'text', 3, []])('refuses %o as a manifest', (json) => {
  expect(() => parseManifest(json)).toThrow(/^the manifest is .*, expected an object/);
});
