import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Checkpoint, openCheckpoint } from '../../src/model/checkpoint/checkpoint.ts';
import { datasetMeta } from '../../src/model/checkpoint/dataset-meta.ts';
import { openSafetensors } from '../../src/model/safetensors.ts';
import { WatchedFile, refusal } from '../support/checkpoints.ts';
import { readJson } from '../support/files.ts';
import { shared } from '../support/shared.ts';

interface StoredTensor {
  readonly shape: readonly number[];
  readonly dtype: keyof typeof DTYPES;
  readonly stride: readonly number[];
  readonly storage_offset: number;
  readonly sha256_contiguous_f32_or_i64: string;
}
interface Golden {
  readonly checkpoint_mmengine: { meta_cfg_sha256_utf8: string; meta_cfg_chars: number } & Meta;
  readonly checkpoint_mmengine_torch213: Meta;
  readonly checkpoint_plain: { tensors: Readonly<Record<string, StoredTensor>> };
  readonly checkpoint_cuda_tag: { values: Readonly<Record<string, number[] | number[][]>> };
}
interface Meta {
  readonly meta_classes: readonly string[];
  readonly meta_palette: readonly (readonly number[])[];
  readonly state_dict_keys: number;
}

const DTYPES = { float32: 'F32', float16: 'F16', bfloat16: 'BF16', int64: 'I64' };
const golden = readJson(shared('goldens', 'micro', 'checkpoints.json')) as Golden;

function open(name: string): Promise<Checkpoint> {
  return openCheckpoint(WatchedFile.fromDisk(shared('goldens', 'micro', name)));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

describe.each(['checkpoint_mmengine', 'checkpoint_mmengine_torch213'] as const)('%s', (name) => {
  test('every tensor equals weights.safetensors bit for bit', async () => {
    const checkpoint = await open(`${name}.pth`);
    const weights = await openSafetensors(
      WatchedFile.fromDisk(shared('goldens', 'micro', 'weights.safetensors')),
    );
    expect(checkpoint).toMatchObject({ format: 'zip', wrapper: ['state_dict'], others: [] });
    expect(checkpoint.tensors.size).toBe(golden[name].state_dict_keys);
    const wrong: string[] = [];
    for (const [key, { dtype, shape }] of weights.tensors) {
      const found = checkpoint.tensors.get(key);
      expect(found, key).toMatchObject({ dtype, shape });
      const [ours, theirs] = [await checkpoint.read(key), await weights.read(key)];
      if (sha256(bytesOf(ours)) !== sha256(bytesOf(theirs))) wrong.push(key);
    }
    expect(wrong).toEqual([]);
  });

  test('classes and palette come out of its meta', async () => {
    const { meta } = await open(`${name}.pth`);
    expect(datasetMeta(meta)).toEqual({
      classes: golden[name].meta_classes,
      palette: golden[name].meta_palette,
    });
  });
});

test('the configuration text of checkpoint_mmengine is kept whole', async () => {
  const { meta } = await open('checkpoint_mmengine.pth');
  const cfg = meta.get('cfg');
  if (typeof cfg !== 'string') throw new TypeError('cfg is no text');
  const { meta_cfg_chars: length, meta_cfg_sha256_utf8: sum } = golden.checkpoint_mmengine;
  expect(Array.from(cfg).length).toBe(length);
  expect(sha256(new TextEncoder().encode(cfg))).toBe(sum);
});

test.each([
  ['checkpoint_plain', 'zip', []],
  ['checkpoint_legacy', 'legacy', ['state_dict']],
])('%s: every tensor, whatever its type and strides', async (name, format, wrapper) => {
  const checkpoint = await open(`${name}.pth`);
  const expected = Object.entries(golden.checkpoint_plain.tensors);
  expect(checkpoint).toMatchObject({ format, wrapper });
  expect([...checkpoint.tensors.keys()]).toEqual(expected.map(([key]) => key));
  const wrong: string[] = [];
  for (const [key, tensor] of expected) {
    expect(checkpoint.tensors.get(key), key).toMatchObject({
      dtype: DTYPES[tensor.dtype],
      shape: tensor.shape,
      strides: tensor.stride,
      first: tensor.storage_offset,
    });
    const bytes =
      tensor.dtype === 'int64'
        ? await checkpoint.readRaw(key)
        : bytesOf(await checkpoint.read(key));
    if (sha256(bytes) !== tensor.sha256_contiguous_f32_or_i64) wrong.push(key);
  }
  expect(wrong).toEqual([]);
});

test('checkpoint_cuda_tag: devices do not matter, foreign names keep their prefix', async () => {
  const checkpoint = await open('checkpoint_cuda_tag.pth');
  expect(checkpoint.wrapper).toEqual([]);
  for (const [key, values] of Object.entries(golden.checkpoint_cuda_tag.values)) {
    expect(Array.from(await checkpoint.read(key)), key).toEqual(values.flat());
  }
});

test('only the directory, the pickle and the tensors that are read leave the file', async () => {
  const file = WatchedFile.fromDisk(shared('goldens', 'micro', 'checkpoint_plain.pth'));
  const checkpoint = await openCheckpoint(file);
  const [pickle, directory, fixed] = [171_108, 110_000, 70_000];
  expect(file.bytesRead).toBeLessThan(pickle + directory + fixed);

  file.bytesRead = 0;
  const name = 'backbone.downsample1_1.encode_conv.weight';
  const values = await checkpoint.read(name);
  const localHeader = 30;
  expect(file.bytesRead).toBe(localHeader + values.byteLength);
});

test('a part of a storage is checked once, then read alone', async () => {
  const file = WatchedFile.fromDisk(shared('goldens', 'micro', 'checkpoint_plain.pth'));
  const checkpoint = await openCheckpoint(file);
  const name = 'decode_head.query_feat.weight';
  const before = await checkpoint.read(name);
  const first = file.reads;
  const again = await checkpoint.read(name);
  expect(again).toEqual(before);
  expect(again.buffer).not.toBe(before.buffer);
  expect(file.reads - first).toBe(2);
});

test('an unknown name is a typed error', async () => {
  const checkpoint = await open('checkpoint_cuda_tag.pth');
  expect(await refusal(checkpoint.read('toString'))).toBe(
    'checkpoint_cuda_tag.pth: there is no tensor "toString"; use one of those it lists',
  );
});
