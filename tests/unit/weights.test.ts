import { expect, test } from 'vitest';
import { parseConfig } from '../../src/model/config.ts';
import { openSafetensors } from '../../src/model/safetensors.ts';
import type { TensorSource } from '../../src/model/tensors.ts';
import { indexOfNonFinite, Weights } from '../../src/model/weights.ts';
import { fileSource, readJson } from '../support/files.ts';

const folder = 'weights/portrait';
const manifest = readJson(`${folder}/manifest.json`) as {
  config: unknown;
  weights: { parameters: number };
};
const config = parseConfig(manifest.config);
const source = await openSafetensors(fileSource(`${folder}/model.safetensors`));

/** The real weights, but for what `change` does to the values of one tensor. */
function damaged(name: string, change: (values: Float32Array) => Float32Array<ArrayBuffer>) {
  const read: TensorSource['read'] = async (asked) => {
    const values = await source.read(asked);
    return asked === name ? change(values) : values;
  };
  return new Weights({ tensors: source.tensors, read }, config);
}

test('every tensor of the bundled model is whole and finite', async () => {
  const weights = new Weights(source, config);
  let trained = 0;
  for (const name of source.tensors.keys()) {
    const values = await weights.read(name);
    if (!name.includes('.running_')) trained += values.length;
  }
  expect(trained).toBe(manifest.weights.parameters);
  expect(weights.shape('decode_head.cls_embed.weight')).toEqual([7, 64]);
});

test('refuses weights of another configuration', () => {
  const other = { ...config, numClasses: 150 };
  expect(() => new Weights(source, other)).toThrow(
    expect.objectContaining({
      code: 'weights-invalid',
      message: expect.stringContaining('"decode_head.cls_embed.weight" is [7, 64]') as string,
    }) as Error,
  );
});

test('a name that the network does not have is a bug of ours', async () => {
  await expect(new Weights(source, config).read('toString')).rejects.toMatchObject({
    code: 'internal',
  });
});

test.each([NaN, Infinity, -Infinity])('refuses %d in a tensor', async (value) => {
  const name = 'decode_head.cls_embed.weight';
  const weights = damaged(name, (values) => Float32Array.from(values).fill(value, 100, 101));
  await expect(weights.read(name)).rejects.toMatchObject({
    code: 'weights-invalid',
    message: expect.stringContaining(
      `tensor "${name}" has ${value} at flat index 100, expected a finite number`,
    ) as string,
  });
  await expect(weights.read('decode_head.cls_embed.bias')).resolves.toHaveLength(7);
});

test('refuses a negative variance, whose root would be NaN', async () => {
  const name = 'decode_head.shortcut_conv.1.running_var';
  const weights = damaged(name, (values) => Float32Array.from(values).fill(-1, 3, 4));
  await expect(weights.read(name)).rejects.toMatchObject({
    code: 'weights-invalid',
    message: expect.stringContaining(`"${name}" has -1 at flat index 3`) as string,
  });
});

test('refuses a tensor that is cut short', async () => {
  const name = 'decode_head.cls_embed.bias';
  const weights = damaged(name, (values) => Float32Array.from(values.subarray(1)));
  await expect(weights.read(name)).rejects.toThrow(
    /"decode_head.cls_embed.bias" gave 6 values, expected 7/,
  );
});

test('finds the first value that is not finite by its bits', () => {
  const largest = 3.4028234663852886e38;
  expect(indexOfNonFinite(Float32Array.of(0, -0, largest, -largest, 1e-45))).toBe(-1);
  expect(indexOfNonFinite(Float32Array.of(0, 1, NaN, Infinity).subarray(1))).toBe(1);
});
