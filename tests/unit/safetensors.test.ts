import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { blobSource, bytesSource } from '../../src/model/bytes.ts';
import { openSafetensors } from '../../src/model/safetensors.ts';
import type { ByteSource } from '../../src/model/tensors.ts';
import { fileSource, readJson } from '../support/files.ts';
import { encodeFile, encodeSafetensors } from '../support/safetensors.ts';
import { shared } from '../support/shared.ts';

const F32_2 = '"dtype":"F32","shape":[2]';
const EIGHT = Uint8Array.of(0, 0, 128, 63, 0, 0, 0, 192); // 1, -2

const open = (header: string | Uint8Array, data = EIGHT) =>
  openSafetensors(bytesSource('x.safetensors', encodeFile(header, data)));

test('reads a real file: names, shapes and values', async () => {
  const micro = shared('goldens', 'micro');
  const golden = await openSafetensors(fileSource(`${micro}/golden.safetensors`));
  const manifest = readJson(`${micro}/manifest.json`) as {
    tensors: Record<string, { shape: number[]; dtype: string }>;
    neurons: { name: string; nonzero: number }[];
  };
  const listed = Object.entries(manifest.tensors).map(
    ([name, { shape, dtype }]) => [name, { shape, dtype }] as const,
  );
  const found = [...golden.tensors].map(
    ([name, { shape, dtype }]) => [name, { shape, dtype }] as const,
  );
  expect(new Map(found)).toEqual(new Map(listed));

  const name = 'backbone.block3.0.attn.head_spike';
  const counts = await golden.read(`neuron_int/${name}`);
  const fired = counts.filter((count) => count > 0).length / counts.length;
  expect(fired).toBeCloseTo(manifest.neurons.find((neuron) => neuron.name === name)?.nonzero ?? 0);
  expect(Math.max(...counts)).toBe(3);
});

test('reads the bundled half-precision weights from a blob', async () => {
  const bytes = readFileSync('weights/portrait/model.safetensors');
  const source = await openSafetensors(blobSource('model.safetensors', new Blob([bytes])));
  const dtypes = [...source.tensors.values()].map(({ dtype }) => dtype);
  expect(new Set(dtypes)).toEqual(new Set(['F16', 'F32']));
  const weight = await source.read('backbone.downsample1_1.encode_conv.weight');
  expect(weight.length).toBe(8 * 3 * 7 * 7);
  expect(Math.max(...weight)).toBeLessThan(10);
});

test('accepts white space, escapes, any field order, metadata, scalars and padding', async () => {
  const entry = `{ "shape" : [ ] , "data_offsets" : [ 0 , 4 ] , "dtype" : "F32" }`;
  const more = '"b\\u0065":{"dtype":"F32","shape":[1,1],"data_offsets":[4,8]}';
  const source = await open(
    `{"__metadata__":{"format":"pt"}, "a\\"\\\\" :\t${entry},\n${more}}   `,
  );
  expect([...source.tensors.keys()]).toEqual(['a"\\', 'be']);
  expect(await source.read('a"\\')).toEqual(Float32Array.of(1));
  expect(await source.read('be')).toEqual(Float32Array.of(-2));
});

test('accepts a header that does not list tensors in the order of their data', async () => {
  const [first, second] = ['"data_offsets":[0,8]', '"data_offsets":[8,16]'];
  const data = Uint8Array.of(...EIGHT, ...EIGHT.toReversed());
  const source = await open(`{"b":{${F32_2},${second}},"a":{${F32_2},${first}}}`, data);
  expect([...source.tensors.keys()]).toEqual(['a', 'b']);
  expect(await source.read('a')).toEqual(Float32Array.of(1, -2));
});

test('an empty file of no tensors is valid, an unknown name is not', async () => {
  const source = await open('{}', new Uint8Array());
  expect(source.tensors.size).toBe(0);
  await expect(source.read('w')).rejects.toMatchObject({
    code: 'weights-invalid',
    message: expect.stringContaining('x.safetensors: there is no tensor "w"') as string,
  });
});

test.each([
  ['', 'the header ends'],
  [' {}', 'starts with "{"'],
  ['\uFEFF{}', 'starts with "{"'],
  ['{"a":1}', 'tensor "a" is not valid at character 5: "1"'],
  ['{"a":{}}', 'tensor "a" is incomplete'],
  [`{"a":{${F32_2},"data_offsets":[0]}}`, 'tensor "a" is incomplete'],
  [`{"a":{${F32_2},"data_offsets":[0,8,8]}}`, 'at most 2 integers'],
  [`{"a":{${F32_2},"data_offsets":[0,8],}}`, 'expected a string'],
  [`{"a":{${F32_2},"data_offsets":[0,8]}`, 'the header ends'],
  [`{"a":{${F32_2},"data_offsets":[0,8]}}x`, 'nothing but spaces'],
  [`{"a":{${F32_2},"data_offsets":[0,8],"extra":1}}`, 'a field "extra"'],
  [`{"a":{${F32_2},"dtype":"F32","data_offsets":[0,8]}}`, 'has the key "dtype" twice'],
  ['{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,2]', 'at most 8 integers'],
  ['{"a":{"dtype":"F32","shape":[2e0]', 'tensor "a" is not valid at character 29: "2e0"'],
  ['{"a":{"dtype":"F32","shape":[02]', 'a non-negative integer'],
  ['{"a":{"dtype":"F32","shape":[9007199254740993]', 'below 2^53'],
  ['{"a":{"dtype":"F32","shape":["2"]', '"\\"2\\"]"'],
  ['{"a":{"dtype":32', 'expected a string'],
  ['{"a', 'the closing quote'],
  ['{"a\\', 'the closing quote'],
  ['{"a\nb":', 'a valid JSON string'],
  ['{"\\x":', 'a valid JSON string'],
  ['{"__metadata__":{"n":1}}', '__metadata__ is not valid'],
  ['{"__metadata__":{"n":"1","n":"2"}}', '__metadata__ has the key "n" twice'],
  ['{"prototype":{}}', 'the key "prototype"'],
  ['{"toString":{}}', 'the key "toString"'],
  ['{"\\u005f_proto__":{}}', 'the key "__proto__"'],
  ['{"a":{"dtype":"toString","shape":[2],"data_offsets":[0,8]}}', 'the dtype "toString"'],
  [`{"a":{${F32_2},"data_offsets":[8,16]}}`, 'within the 8 of data'],
  ['{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', 'leaves a gap before it'],
  ['{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 'end at byte 4 of 8'],
  [
    '{"a":{"dtype":"I64","shape":[4503599627370496],"data_offsets":[0,8]}}',
    'takes more than 2^53 bytes, but 8 are stored',
  ],
  [`{"${'n'.repeat(500)}":1}`, 'nnn…"'],
])('refuses %s', async (header, message) => {
  await expect(open(header)).rejects.toMatchObject({
    name: 'SpikesegError',
    code: 'weights-invalid',
    message: expect.stringContaining(message) as string,
  });
});

test('refuses a header that is not UTF-8', async () => {
  await expect(open(Uint8Array.of(0x7b, 0xff, 0x7d))).rejects.toThrow(/not valid UTF-8/);
});

test('a file from the writer of the tests reads back', async () => {
  const half = Uint16Array.of(0x3c00, 0x0001);
  const source = await openSafetensors(
    encodeSafetensors([
      { name: 'h', dtype: 'F16', shape: [2], data: half },
      { name: 'f', dtype: 'F32', shape: [], data: Float32Array.of(7) },
    ]),
  );
  expect([...(await source.read('h'))]).toEqual([1, 2 ** -24]);
  expect([...(await source.read('f'))]).toEqual([7]);
});

/** Fails on a slice outside the file, and counts the bytes that were asked for. */
function watched(file: ByteSource): ByteSource & { readonly read: () => number } {
  let read = 0;
  return {
    ...file,
    read: () => read,
    slice(start, end) {
      expect(start).toBeGreaterThanOrEqual(0);
      expect(end).toBeLessThanOrEqual(file.size);
      read += end - start;
      return file.slice(start, end);
    },
  };
}

const MALICIOUS: Record<string, string> = {
  header_length_huge: 'the header length is 1152921504606846976, expected at most 78',
  header_past_end: 'the header length is 4096, expected at most 78',
  bad_json: 'tensor "w" is not valid',
  json_not_object: 'expected a JSON object',
  offset_out_of_range: 'tensor "w" has the bytes 0 to 1600',
  offsets_reversed: 'tensor "w" has the bytes 16 to 0',
  shape_mismatch: 'tensor "w" of type F32 [5] takes 20 bytes, but 16 are stored',
  unknown_dtype: 'tensor "w" has the dtype "F12"',
  overlap: 'tensor "b" begins at byte 8, expected 16: it overlaps',
  negative_shape: 'tensor "w" is not valid at character 33: "-4"',
  fractional_offset: 'tensor "w" is not valid at character 54: "0.5"',
  proto_key: 'has the key "__proto__"',
  duplicate_key: 'has the key "w" twice',
  shape_overflow: 'takes more than 2^53 bytes',
  deep_json: 'tensor "w" is not valid at character 5: "[[[',
  trailing_garbage: 'the tensors end at byte 16 of 20',
  short: '3 bytes are too few',
};

const manifest = readJson(shared('goldens', 'malicious', 'manifest.json')) as {
  cases: { file: string; error_should_name: string }[];
};
const cases = manifest.cases.filter(({ file }) => file.endsWith('.safetensors'));

test('the collection of hostile files is the one that is known here', () => {
  expect(cases.map((item) => item.error_should_name)).toEqual(Object.keys(MALICIOUS));
});

test.each(cases)('$file', async ({ file, error_should_name: fault }) => {
  const globals = () => [Object.prototype, Array.prototype, globalThis].map(Reflect.ownKeys);
  const before = globals();
  const source = watched(fileSource(shared('goldens', 'malicious', file)));
  const error: unknown = await openSafetensors(source).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'SpikesegError', code: 'weights-invalid' });
  expect(error).toMatchObject({ message: expect.stringContaining(fault) as string });
  expect(error).toMatchObject({
    message: expect.stringContaining(MALICIOUS[fault] ?? '?') as string,
  });
  expect(source.read()).toBeLessThanOrEqual(source.size);
  expect(globals()).toEqual(before);
  expect('polluted' in {}).toBe(false);

  const good = await openSafetensors(fileSource('weights/portrait/model.safetensors'));
  expect(good.tensors.size).toBe(1086);
});
