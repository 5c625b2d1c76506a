import { expect, test } from 'vitest';
import { classColor } from '../../src/model/class-colors.ts';
import { parseConfig } from '../../src/model/config.ts';
import { fit } from '../../src/model/fit.ts';
import { manifestJson } from '../../src/model/manifest-json.ts';
import { parseManifest } from '../../src/model/manifest.ts';
import { published, PUBLISHED_MODELS, RELEASED_CONFIG } from '../../src/model/registry/registry.ts';
import { expectedTensors } from '../../src/model/state-dict.ts';
import { readJson } from '../support/files.ts';
import { shared } from '../support/shared.ts';

test.each(PUBLISHED_MODELS)('$name has a class for every output', ({ config, classes }) => {
  expect(classes).toHaveLength(config.numClasses);
  expect(new Set(classes.map(({ name }) => name)).size).toBe(config.numClasses);
  for (const { name, color } of classes) {
    expect(name).toMatch(/^[a-z]/);
    expect(color).toMatch(/^#[0-9a-f]{6}$/);
  }
});

test.each(PUBLISHED_MODELS)('$name has as many parameters as its network', (model) => {
  const trained = [...expectedTensors(model.config)].filter(([name]) => !name.includes('running_'));
  const elements = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);
  expect(model.parameters).toBe(trained.reduce((sum, [, shape]) => sum + elements(shape), 0));
});

test.each(PUBLISHED_MODELS)('$name makes a valid manifest', (model) => {
  const { name, title, config, classes, preprocessing, sha256 } = model;
  const weights = { file: 'a.pth', dtype: 'f32', sha256, bytes: 1, parameters: 1 } as const;
  const licence = { weights: model.licence, note: model.citation };
  const rest = { description: '', licence, sources: ['pictures'] };
  const manifest = { name, title, config, classes, preprocessing, weights, ...rest };
  expect(parseManifest(manifestJson(manifest))).toEqual({ ...manifest, metrics: undefined });
  expect(model.url).toMatch(/^https:\/\/huggingface\.co\/.*\.pth$/);
});

test('the released network is that of the official state dict', () => {
  const { config } = readJson(shared('spec', 'state_dict_full.json')) as { config: object };
  expect(parseConfig({ ...config, D: 8, head_alpha: 4 })).toEqual(RELEASED_CONFIG);
});

test.each([
  ['ADE20K-SDTv2', 'wall', 0, '#787878'],
  ['ADE20K-SDTv2', 'chest of drawers', 44, '#0633ff'],
  ['ADE20K-V2-L', 'flag', 149, '#5c00ff'],
  ['Cityscapes-SDTv2', 'bicycle', 18, '#770b20'],
  ['VOC2012-1x4', 'person', 15, '#c08080'],
  ['VOC2012-4x4', 'class 21', 21, classColor(21)],
])('%s calls %s class %i', (model, name, index, color) => {
  expect(published(model)?.classes[index]).toEqual({ name, color });
});

test.each([
  ['ADE20K-SDTv2', { width: 683, height: 512 }, { width: 683, height: 512 }],
  ['ADE20K-SDTv2', { width: 4000, height: 500 }, { width: 2048, height: 256 }],
  ['Cityscapes-SDTv2', { width: 2048, height: 1024 }, { width: 2048, height: 1024 }],
  ['Cityscapes-SDTv2', { width: 1000, height: 750 }, { width: 1376, height: 1024 }],
])('%s takes a picture of %o at %o', (model, picture, input) => {
  const entry = published(model);
  expect(entry && fit(entry.preprocessing, picture).input).toEqual(input);
});

test('generated colours differ', () => {
  const colors = new Set(Array.from({ length: 500 }, (_, i) => classColor(i)));
  expect(colors.size).toBe(500);
});

test('no model has an unknown name', () => {
  expect(published('ADE20K')).toBeUndefined();
  expect(published('toString')).toBeUndefined();
});
