import { describe, expect, test } from 'vitest';
import { Budget } from '../../src/model/checkpoint/budget.ts';
import { openCheckpoint } from '../../src/model/checkpoint/checkpoint.ts';
import { storageFromId } from '../../src/model/checkpoint/container.ts';
import { unpickle } from '../../src/model/checkpoint/pickle.ts';
import { PyDict, type Value } from '../../src/model/checkpoint/pickle-values.ts';
import { type PlainValue, toPlain } from '../../src/model/checkpoint/plain.ts';
import {
  TENSOR_OPCODES,
  WatchedFile,
  latin1,
  legacyFile,
  refusal,
} from '../support/checkpoints.ts';

/** Opcodes are written as text: one character, one byte. */
function read(opcodes: string, fileSize = 2 ** 24): Value {
  return unpickle(latin1(opcodes), 0, new Budget(fileSize), storageFromId).value;
}

function refused(opcodes: string, fileSize?: number): Promise<string> {
  return refusal(Promise.resolve().then(() => read(opcodes, fileSize)));
}

test.each<[string, string, PlainValue]>([
  ['None', 'N.', null],
  ['booleans', '\x88\x89\x86.', [true, false]],
  ['an integer of one byte', 'K\xff.', 255],
  ['of two', 'M\xff\xff.', 65_535],
  ['of four, signed', 'J\xfe\xff\xff\xff.', -2],
  ['of none', '\x8a\x00.', 0],
  ['negative, of any length', '\x8a\x02\x00\xff.', -256],
  ['the largest exact one', '\x8a\x07\xff\xff\xff\xff\xff\xff\x1f.', Number.MAX_SAFE_INTEGER],
  ['beyond that', '\x8a\x07\x00\x00\x00\x00\x00\x00\x20.', 2n ** 53n],
  ['LONG4', '\x8b\x03\x00\x00\x00\x01\x00\x00.', 1],
  ['a big-endian float', 'G\xbf\xf8\x00\x00\x00\x00\x00\x00.', -1.5],
  ['UTF-8', 'X\x06\x00\x00\x00\xe5\xa4\xa9a\xc2\xb5.', '天aµ'],
  ['a text that begins with a byte order mark', '\x8c\x03\xef\xbb\xbf.', '\uFEFF'],
  ['a text of Python 2', 'U\x02hi.', 'hi'],
  ['a long text of Python 2', 'T\x02\x00\x00\x00hi.', 'hi'],
  ['bytes', 'C\x02\xff\xfe.', null],
  ['tuples', ')K\x01\x85K\x02K\x03\x86\x87.', [[], [1], [2, 3]]],
  ['a tuple of many', '(NNNNt.', [null, null, null, null]],
  ['append and extend', ']K\x01a(K\x02K\x03e.', [1, 2, 3]],
  ['POP', ']K\x01K\x020a.', [1]],
  ['POP_MARK', ']K\x01(K\x02K\x031a.', [1]],
  ['DUP', 'K\x012\x86.', [1, 1]],
  ['the memo', ']\x94K\x07\x940h\x00h\x01a.', [7]],
  ['a long memo index', 'K\x05r\xff\xff\xff\xff0j\xff\xff\xff\xff.', 5],
  [
    'a dict',
    '}U\x01aK\x01sU\x01bK\x02s.',
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
  ],
  [
    'an OrderedDict of Python 2',
    'ccollections\nOrderedDict\n]]U\x01aaK\x01aa\x85R.',
    new Map([['a', 1]]),
  ],
  ['attributes of an OrderedDict', 'ccollections\nOrderedDict\n)R}U\x09_metadata}sb.', new Map()],
  ['torch.Size', 'ctorch\nSize\nK\x02K\x03\x86\x85R.', [2, 3]],
  ['a set', '\x8f(K\x01\x90.', null],
  ['a frozenset', '(K\x01\x91.', null],
  ['a name that builds nothing', 'ctorch\nfloat16\n.', null],
  ['a key that is no text', '}K\x01K\x02sU\x01aK\x03s.', new Map([['a', 3]])],
])('reads %s', (_, opcodes, expected) => {
  expect(toPlain(read(opcodes))).toEqual(expected);
});

test('a dict that contains itself survives', () => {
  const value = read('}\x94U\x04selfh\x00s.');
  expect(value).toBeInstanceOf(PyDict);
  const plain = toPlain(value) as ReadonlyMap<string, PlainValue>;
  expect(plain.get('self')).toBe(plain);
});

test('a text too long for a name stays in the file', () => {
  const length = 2 ** 20 + 1;
  const bytes = String.fromCharCode(...[0, 8, 16, 24].map((shift) => (length >> shift) & 0xff));
  const pickle = `X${bytes}${'x'.repeat(length)}`;
  expect(toPlain(read(`${pickle}.`))).toBeNull();
});

test.each([
  ['a protocol of the future', '\x80\x06N.', /protocol 6, expected 2 to 5/],
  ['a name without an end', `c${'a'.repeat(300)}`, /name longer than 256/],
  ['a name that is cut off', 'ctorch', /unexpected end of pickle/],
  [
    'an integer of a megabyte',
    `\x8b\x01\x04\x00\x00${'1'.repeat(1025)}.`,
    /integer of length 1025/,
  ],
  ['a mark in the way', 'K\x01(0.', /stack underflow/],
  ['a list where a mark should be', ']e.', /stack underflow/],
  ['items of a number', 'K\x01K\x02a.', /append to a number/],
  ['entries of a list', ']K\x01K\x02s.', /set items of a list/],
  ['members of a list', '](K\x01\x90.', /add items to a list/],
  ['half an entry', '}(K\x01u.', /stack underflow/],
  ['a call of a text', 'U\x01a)R.', /build an object of a string/],
  ['a call of a dtype', 'ctorch\nfloat32\n)R.', /build an object of torch.float32/],
  ['a call of what a call gave', 'c__builtin__\nset\n)R)R.', /build an object of builtins.set/],
  ['arguments that are a list', 'ctorch\nSize\n]R.', /take as arguments a list/],
  ['the state of a number', 'K\x01}b.', /set the state of a number/],
  ['a module that is a number', 'K\x01U\x01a\x93.', /import a number/],
  ['getattr of anything else', 'c__builtin__\ngetattr\nctorch\nSize\nU\x01a\x86R.', /getattr/],
  ['OrderedDict of a number', 'ccollections\nOrderedDict\nK\x01\x85R.', /OrderedDict.*a number/],
  ['OrderedDict of half a pair', 'ccollections\nOrderedDict\n]]K\x01aa\x85R.', /OrderedDict/],
  ['torch.Size of a list', 'ctorch\nSize\n]\x85R.', /torch.Size.*a list/],
  ['a tensor of nothing', 'ctorch._utils\n_rebuild_tensor_v2\n)R.', /_rebuild_tensor_v2.*nothing/],
  ['a parameter of a list', 'ctorch._utils\n_rebuild_parameter\n]\x85R.', /_rebuild_parameter/],
  [
    'a storage of a negative size',
    '(U\x07storagectorch\nFloatStorage\nU\x010NJ\xff\xff\xff\xfftQ.',
    /persistent id/,
  ],
  ['NEWOBJ_EX', 'NNN\x92.', /opcode NEWOBJ_EX/],
  ['300 marks', '('.repeat(300), /nesting depth/],
  ['10 000 waiting values', `(${'N'.repeat(10_000)}t.`, /nesting depth or tuples that long/],
  ['a name near the known ones', 'ctorch\nFloatStorage2\n.', /"torch.FloatStorage2"/],
  ['a name that objects inherit', 'cObject\nconstructor\n.', /"Object.constructor"/],
  ['a name that hides a newline in STACK_GLOBAL', 'U\x02o\nU\x01s\x93.', /"o\\n\.s"/],
])('refuses %s', async (_, opcodes, message) => {
  expect(await refused(opcodes)).toMatch(message);
});

test('objects cost no more memory than the file may ask for', async () => {
  const lists = `(${']0'.repeat(100_000)}`;
  expect(await refused(lists, lists.length)).toMatch(/far more objects than a checkpoint/);
  const entries = `]](K\x01K\x02ea\x940${'ccollections\nOrderedDict\nh\x00\x85R0'.repeat(5000)}`;
  expect(await refused(entries, entries.length)).toMatch(/far more objects than a checkpoint/);
});

describe('the legacy format', () => {
  const ones = '\x00\x00\x80?'.repeat(4);
  const four = '\x04\x00\x00\x00\x00\x00\x00\x00';
  const state = `}U\x01w${TENSOR_OPCODES}s`;
  const open = (bytes: Uint8Array) => openCheckpoint(new WatchedFile('old.pth', bytes));

  test('a file of the smallest kind', async () => {
    const checkpoint = await open(legacyFile(state, ']U\x010a', four + ones));
    expect(await checkpoint.read('w')).toEqual(Float32Array.of(1, 1, 1, 1));
  });

  test('a view of a storage begins where it says', async () => {
    const view = state.replace('K\x04tQ', 'K\x06U\x01vK\x02K\x04\x87tQ');
    const bytes = legacyFile(view, ']U\x010a', `\x06${four.slice(1)}${'\x00'.repeat(8)}${ones}`);
    expect(await (await open(bytes)).read('w')).toEqual(Float32Array.of(1, 1, 1, 1));
  });

  test('an object larger than the part that is read first', async () => {
    const padding = `U\x01p]${`(${`U\xf0${'x'.repeat(240)}`.repeat(10)}e`.repeat(1000)}s`;
    const bytes = legacyFile(`}${padding}U\x0astate_dict${state}s`, ']U\x010a', four + ones);
    const file = new WatchedFile('old.pth', bytes);
    const checkpoint = await openCheckpoint(file);
    expect(await checkpoint.read('w')).toEqual(Float32Array.of(1, 1, 1, 1));
    expect(file.bytesRead).toBeLessThan(3 * bytes.length);
  });

  test.each([
    ['no list of storages', legacyFile(state, 'N', ''), /no list of storages/],
    [
      'a storage that nothing uses',
      legacyFile(state, ']U\x011a', four + ones),
      /storages that its/,
    ],
    ['a storage twice', legacyFile(state, '](U\x010U\x010e', four + ones), /each once/],
    ['a storage not listed', legacyFile(state, ']', ''), /"w" is in storage "0", which is missing/],
    ['a storage without a length', legacyFile(state, ']U\x010a', '\x04'), /"0" begins beyond/],
    ['a storage cut short', legacyFile(state, ']U\x010a', four), /of 16 bytes ends beyond/],
    ['a short storage', legacyFile(state, ']U\x010a', `\x01${four.slice(1)}${ones}`), /claims 16/],
    [
      'a view beyond',
      legacyFile(state.replace('K\x04tQ', 'K\x04U\x01vK\x02K\x04\x87tQ'), ']', ''),
      /persistent id/,
    ],
    [
      'a big-endian machine',
      latin1(String.fromCharCode(...legacyFile(state, ']', '')).replace('\x88s', '\x89s')),
      /big-endian/,
    ],
    [
      'another protocol',
      latin1(String.fromCharCode(...legacyFile(state, ']', '')).replace('M\xe9', 'M\xe8')),
      /protocol 1001/,
    ],
    ['nothing after the magic', legacyFile('', '', '').subarray(0, 15), /unexpected end of pickle/],
  ])('%s is refused', async (_, bytes, message) => {
    expect(await refusal(open(bytes))).toMatch(message);
  });
});
