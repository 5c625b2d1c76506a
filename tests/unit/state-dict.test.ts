import { expect, test } from 'vitest';
import { checkTensors, compareTensors } from '../../src/model/check-tensors.ts';
import { parseConfig } from '../../src/model/config.ts';
import { openSafetensors } from '../../src/model/safetensors.ts';
import { expectedTensors } from '../../src/model/state-dict.ts';
import type { TensorInfo, TensorSource } from '../../src/model/tensors.ts';
import { fileSource, readJson } from '../support/files.ts';
import { shared } from '../support/shared.ts';

const configOf = (path: string) => parseConfig((readJson(path) as { config: unknown }).config);

test('has the 1574 tensors of the released model, in order, counters left out', () => {
  const official = readJson(shared('spec', 'state_dict_full.json')) as {
    config: object;
    n_parameters: number;
    keys: [name: string, shape: number[], dtype: string][];
  };
  const config = parseConfig({ ...official.config, D: 8, head_alpha: 4 });
  const expected = [...expectedTensors(config)];
  const listed = official.keys.filter(([name]) => !name.endsWith('.num_batches_tracked'));
  expect(expected).toEqual(listed.map(([name, shape]) => [name, shape]));
  expect(expected).toHaveLength(1574);

  const trained = expected.filter(([name]) => !name.includes('.running_'));
  const numbers = trained.map(([, shape]) => shape.reduce((a, b) => a * b));
  expect(numbers.reduce((a, b) => a + b)).toBe(official.n_parameters);
});

test.each([
  ['micro', shared('goldens', 'micro'), 'weights.safetensors'],
  ['tiny', shared('goldens', 'tiny'), 'weights.safetensors'],
  ['bench256', shared('goldens', 'bench256'), 'weights.safetensors'],
  ['portrait', shared('weights', 'portrait'), 'model.safetensors'],
  ['the bundled portrait', 'weights/portrait', 'model.safetensors'],
])('the weights of %s fit their configuration', async (_, folder, file) => {
  const source = await openSafetensors(fileSource(`${folder}/${file}`));
  const config = configOf(`${folder}/manifest.json`);
  expect(() => checkTensors(source, config)).not.toThrow();
  expect(compareTensors(source, config)).toEqual({
    matched: [...expectedTensors(config).keys()],
    missing: [],
    unexpected: [],
    misshaped: [],
  });
});

const config = configOf('weights/portrait/manifest.json');

/** A source of shapes only, the network's own unless changed. */
function sourceWith(change: (shapes: Map<string, number[]>) => void): TensorSource {
  const shapes = expectedTensors(config);
  change(shapes);
  const info = [...shapes].map(([name, shape]): [string, TensorInfo] => [
    name,
    { dtype: 'F32', shape },
  ]);
  return { tensors: new Map(info), read: () => Promise.reject(new Error('no data here')) };
}

test('reports missing, unexpected and mis-shaped tensors at once', () => {
  const source = sourceWith((shapes) => {
    shapes.delete('decode_head.w');
    shapes.set('decode_head.cls_embed.weight', [151, 64]);
    shapes.set('decode_head.query_feat.weight', [1280]);
    shapes.set('backbone.head.weight', [10, 96]);
    shapes.set('backbone.extra_bn.num_batches_tracked', []);
  });
  const comparison = compareTensors(source, config);
  expect(comparison.matched).toHaveLength(1083);
  expect(comparison.missing).toEqual([{ name: 'decode_head.w', shape: [1] }]);
  expect(comparison.unexpected).toEqual([{ name: 'backbone.head.weight', shape: [10, 96] }]);
  expect(comparison.misshaped).toEqual([
    { name: 'decode_head.query_feat.weight', expected: [20, 64], found: [1280] },
    { name: 'decode_head.cls_embed.weight', expected: [7, 64], found: [151, 64] },
  ]);
  expect(() => checkTensors(source, config)).toThrow(
    expect.objectContaining({
      code: 'weights-invalid',
      message:
        'the weights do not fit the configuration; use those it belongs to. ' +
        '1 missing: "decode_head.w" [1]. ' +
        '1 unexpected: "backbone.head.weight" [10, 96]. ' +
        '2 of another shape: "decode_head.query_feat.weight" is [1280], expected [20, 64], ' +
        '"decode_head.cls_embed.weight" is [151, 64], expected [7, 64]',
    }) as Error,
  );
});

test('shortens long lists', () => {
  const backboneOnly = sourceWith((shapes) => {
    for (const name of shapes.keys()) if (name.startsWith('decode_head.')) shapes.delete(name);
  });
  const { missing } = compareTensors(backboneOnly, config);
  let message = '';
  try {
    checkTensors(backboneOnly, config);
  } catch (error) {
    message = String(error);
  }
  expect(message).toContain(`${missing.length} missing: "decode_head.w" [1], `);
  expect(message).toContain(` and ${missing.length - 20} more`);
  expect(message.match(/decode_head\./g)).toHaveLength(20);
});
