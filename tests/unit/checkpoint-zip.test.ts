import { expect, test } from 'vitest';
import { openCheckpoint } from '../../src/model/checkpoint/checkpoint.ts';
import { TENSOR_OPCODES, WatchedFile, latin1, refusal } from '../support/checkpoints.ts';
import { storedZip, zipWithGap } from '../support/zip.ts';

const PICKLE = latin1(`}U\x01w${TENSOR_OPCODES}s.`);
const ONES = latin1('\x00\x00\x80?'.repeat(4));

function open(bytes: Uint8Array) {
  return openCheckpoint(new WatchedFile('test.pth', bytes));
}

function zipOf(records: Readonly<Record<string, Uint8Array>>) {
  return storedZip(new Map(Object.entries(records)));
}

/** The archive of one tensor, with a byte of it changed where `signature` is, at `offset` of that. */
function changed(signature: string, offset: number, value: number): Uint8Array {
  const bytes = zipOf({ 'a/data.pkl': PICKLE, 'a/data/0': ONES });
  const at = String.fromCharCode(...bytes).lastIndexOf(signature);
  bytes[at + offset] = value;
  return bytes;
}

test.each(['archive/', 'best model 天/', ''])('records may begin with "%s"', async (prefix) => {
  const bytes = zipOf({ [`${prefix}data.pkl`]: PICKLE, [`${prefix}data/0`]: ONES });
  expect(await (await open(bytes)).read('w')).toEqual(Float32Array.of(1, 1, 1, 1));
});

test('a record beyond 4 GiB is found through ZIP64', async () => {
  const records = new Map([['a/data.pkl', PICKLE]]);
  const file = zipWithGap(records, 5 * 2 ** 30, 'a/data/0', ONES);
  expect(file.size).toBeGreaterThan(2 ** 32);
  const checkpoint = await openCheckpoint(file);
  expect(await checkpoint.read('w')).toEqual(Float32Array.of(1, 1, 1, 1));
});

test('a comment after the directory does not hide it', async () => {
  const bytes = zipOf({ 'a/data.pkl': PICKLE, 'a/data/0': ONES });
  const comment = latin1('PK\x05\x06 is how the end begins');
  const commented = new Uint8Array(bytes.length + comment.length);
  commented.set(bytes);
  commented.set(comment, bytes.length);
  commented[bytes.length - 2] = comment.length;
  expect([...(await open(commented)).tensors.keys()]).toEqual(['w']);
});

const entry = 'PK\x01\x02';
const local = 'PK\x03\x04';
test.each([
  ['big-endian', zipOf({ 'a/data.pkl': PICKLE, 'a/byteorder': latin1('big') }), /order is "big"/],
  ['two objects', zipOf({ 'a/data.pkl': PICKLE, 'b/data.pkl': PICKLE }), /more than one data.pkl/],
  ['of NumPy', zipOf({ 'weights.npy': ONES }), /without a data.pkl/],
  ['encrypted', changed(entry, 8, 1), /"a\/data\/0" is encrypted/],
  ['compressed', changed(entry, 10, 8), /compression method 8/],
  ['of two sizes', changed(entry, 24, 15), /two sizes, 16 and 15/],
  ['with a name beyond the directory', changed(entry, 28, 255), /is cut short in record 1/],
  ['with a damaged name', changed(entry, 46, 0xff), /name of record 1 is not valid utf-8/],
  ['with a damaged entry', changed(entry, 1, 0), /announces 2 records, only 1 exist/],
  ['with a damaged header', changed(local, 0, 0), /"a\/data\/0" has no valid header/],
  ['with bytes left in the directory', changed('PK\x05\x06', 10, 1), /bytes too many/],
  ['with a directory elsewhere', changed('PK\x05\x06', 18, 1), /claims bytes/],
])('an archive %s is refused', async (_, bytes, message) => {
  const attempt = open(bytes).then((checkpoint) => checkpoint.read('w'));
  expect(await refusal(attempt)).toMatch(message);
});

test.each([
  ['HDF5', '\x89HDF\r\n\x1a\n', /HDF5 file/],
  ['gzip', '\x1f\x8b\x08', /compressed with gzip/],
  ['tar', `${'x'.repeat(257)}ustar`, /tar archive/],
  ['safetensors', '\x10\x00\x00\x00\x00\x00\x00\x00{"w":', /safetensors file/],
  ['a page', '\n<html lang="en">', /web page/],
  ['anything else', 'hello', /nor any other format known here/],
])('%s is recognised', async (_, head, message) => {
  expect(await refusal(open(latin1(head)))).toMatch(message);
});

const inner = `}U\x01w${TENSOR_OPCODES}s`;
const key = (name: string) => `U${String.fromCharCode(name.length)}${name}`;
const objectOf = (opcodes: string) =>
  open(zipOf({ 'a/data.pkl': latin1(`${opcodes}.`), 'a/data/0': ONES }));

test.each([
  ['nothing', inner, []],
  ['one wrapper', `}${key('model')}${inner}s`, ['model']],
  ['the first of two', `}(${key('ema')}${inner}${key('net')}${inner}u`, ['net']],
  ['one that holds tensors', `}(${key('state_dict')}}${key('model')}${inner}u`, ['model']],
  ['a wrapper beside a tensor', `}(${key('best')}${TENSOR_OPCODES}${key('net')}${inner}u`, ['net']],
  ['wrappers in wrappers', `}${key('module')}}${key('params')}${inner}ss`, ['module', 'params']],
])('a state_dict is found through %s', async (_, opcodes, wrapper) => {
  const checkpoint = await objectOf(opcodes);
  expect(checkpoint.wrapper).toEqual(wrapper);
  expect([...checkpoint.tensors.keys()]).toEqual(['w']);
});

test('entries that are no tensors are reported', async () => {
  const checkpoint = await objectOf(`${inner}(K\x01N${key('version')}K\x02u`);
  expect(checkpoint.others).toEqual(['a number', 'version']);
});

test.each([
  ['an empty dict', '}', /found the keys \./],
  ['a dict within itself', `}\x94${key('model')}h\x00s`, /found the keys "model"/],
  ['many keys', `}(${'abcdefghij'.replace(/./g, (name) => `${key(name)}N`)}u`, /"h" and 2 more/],
])('%s holds no state_dict', async (_, opcodes, message) => {
  expect(await refusal(objectOf(opcodes))).toMatch(message);
});
