import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openCheckpoint } from '../../src/model/checkpoint/checkpoint.ts';
import { crc32 } from '../../src/model/checkpoint/crc32.ts';
import { datasetMeta } from '../../src/model/checkpoint/dataset-meta.ts';
import { WatchedFile, checkpointFixture, refusal } from '../support/checkpoints.ts';

const fixture = (name: string) => openCheckpoint(WatchedFile.fromDisk(checkpointFixture(name)));

const SHAPES: Readonly<Record<string, readonly number[]>> = {
  ...Object.fromEntries(
    ['f64', 'f32', 'f16', 'bf16', 'i64', 'i32', 'i16', 'i8', 'u8', 'bool'].map((name) => [
      name,
      [2, 3],
    ]),
  ),
  scalar: [],
  empty: [0, 3],
  transposed: [2, 3],
  permuted: [2, 3, 4],
  channels_last: [1, 2, 2, 3],
  expanded: [4, 3],
  tail: [6],
  middle: [4],
  every_other: [5],
  parameter: [3],
};

/** What `make.py` wrote under this name. */
function expectedValues(name: string): number[] {
  const length = (SHAPES[name] ?? []).reduce((product, size) => product * size, 1);
  if (name === 'scalar') return [7];
  if (name === 'expanded') return new Array<number>(length).fill(0);
  return Array.from({ length }, (_, i) => (name === 'bool' ? i % 2 : i));
}

test.each([
  ['zip_protocol2.pth', 'zip', ['state_dict']],
  ['zip_protocol3.pth', 'zip', ['state_dict']],
  ['zip_protocol4.pth', 'zip', ['state_dict']],
  ['zip_protocol5.pth', 'zip', ['state_dict']],
  ['legacy_protocol2.pth', 'legacy', ['state_dict']],
  ['legacy_protocol4.pth', 'legacy', []],
])('%s, written by PyTorch: every element type and layout', async (name, format, wrapper) => {
  const checkpoint = await fixture(name);
  expect(checkpoint).toMatchObject({ format, wrapper, others: [] });
  expect([...checkpoint.tensors.keys()]).toEqual(Object.keys(SHAPES));
  for (const [key, { dtype, shape }] of checkpoint.tensors) {
    expect(shape, key).toEqual(SHAPES[key]);
    expect(dtype, key).toBe(key.length <= 4 && key !== 'tail' ? key.toUpperCase() : 'F32');
    expect(Array.from(await checkpoint.read(key)), key).toEqual(expectedValues(key));
  }
});

test('meta is plain data, and may contain itself', async () => {
  const { meta } = await fixture('zip_protocol4.pth');
  expect(meta.get('epoch')).toBe(3);
  expect(meta.get('itself')).toBe(meta);
  expect(structuredClone(meta)).toEqual(meta);
  expect(datasetMeta(meta)).toEqual({
    classes: ['wall', '天空'],
    palette: [
      [1, 2, 3],
      [4, 5, 6],
    ],
  });
});

test.each([
  ['MMCV names', { CLASSES: ['a'], PALETTE: [[0, 128, 255]] }, ['a'], [[0, 128, 255]]],
  ['no names', {}, undefined, undefined],
  ['numbers for names', { CLASSES: ['a', 1] }, undefined, undefined],
  ['a colour of two', { PALETTE: [[1, 2]] }, undefined, undefined],
  ['a colour of four', { PALETTE: [[1, 2, 3, 4]] }, undefined, undefined],
  ['a colour beyond bytes', { PALETTE: [[1, 2, 256]] }, undefined, undefined],
])('class names and colours: %s', (_, meta, classes, palette) => {
  expect(datasetMeta(new Map(Object.entries(meta)))).toEqual({ classes, palette });
});

test('wrappers are looked through and a prefix that all names share is taken off', async () => {
  const checkpoint = await fixture('wrapped.pth');
  expect(checkpoint.wrapper).toEqual(['model', 'state_dict', 'module.']);
  expect([...checkpoint.tensors.keys()]).toEqual([
    'backbone.downsample1_1.encode_conv.weight',
    'backbone.downsample1_1.encode_conv.bias',
  ]);
});

test.each([
  ['optimiser.pth', /holds no state_dict.*"state", "param_groups".*state of an optimiser/],
  ['complex.pth', /tensor "z" has elements of torch.ComplexFloatStorage/],
])('%s is refused in plain words', async (name, message) => {
  expect(await refusal(fixture(name))).toMatch(message);
});

test('a slice that comes short is a typed error', async () => {
  const bytes = readFileSync(checkpointFixture('wrapped.pth'));
  const file = new WatchedFile('shrunk.pth', bytes);
  const cut = { name: file.name, size: bytes.length + 1, slice: file.slice.bind(file) };
  cut.slice = async (start, end) => file.slice(start, Math.min(end, file.size));
  expect(await refusal(openCheckpoint(cut))).toMatch(/^shrunk.pth: bytes .* the file changed/);
});

test('CRC-32 has the published check value, in one piece or two', () => {
  const digits = new TextEncoder().encode('123456789');
  expect(crc32(digits)).toBe(0xcbf43926);
  expect(crc32(digits.subarray(2), crc32(digits.subarray(0, 2)))).toBe(0xcbf43926);
});
