import { readdirSync } from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../src/model/checkpoint/checkpoint.ts';
import { WatchedFile, refusal } from '../support/checkpoints.ts';
import { readJson } from '../support/files.ts';
import { shared } from '../support/shared.ts';

/** What each message must name, as the manifest asks. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  'reduce_os_system.pth': /posix\.system/,
  'reduce_os_system_proto4.pth': /FRAME/,
  'reduce_eval.pth': /__builtin__\.eval/,
  'getattr_chain.pth': /__builtin__\.__import__/,
  'inst_opcode.pth': /os\.system/,
  'obj_opcode.pth': /posix\.system/,
  'newobj_build.pth': /subprocess\.Popen/,
  'unknown_global.pth': /some_lab\.models\.secret\.Thing/,
  'ext_opcode.pth': /extension opcode/,
  'legacy_os_system.pth': /posix\.system/,
  'raw_pickle.pth': /not a torch checkpoint/,
  'truncated_file.pth': /no central directory.*truncated/,
  'truncated_record.pth': /data\/0/,
  'huge_declared_size.pth': /data\/0" has a size/,
  'huge_declared_size_32bit.pth': /data\/0" has a size/,
  'record_offset_out_of_range.pth': /data\/0" has the offset/,
  'entry_count_lies.pth': /central directory/,
  'deflate_bomb.pth': /compression method/,
  'duplicate_record.pth': /duplicate record/,
  'missing_storage.pth': /data\/7/,
  'no_pickle.pth': /data\.pkl/,
  'empty.pth': /empty file/,
  'html_error_page.pth': /not a checkpoint.*HTML/,
  'git_lfs_pointer.pth': /Git LFS pointer/,
  'crc_mismatch.pth': /checksum of record "archive\/data\/0"/,
  'torchscript.pt': /TorchScript/,
  'storage_numel_lies.pth': /tensor "w".*data\/0/,
  'tensor_exceeds_storage.pth': /tensor "w"/,
  'stride0_bomb.pth': /tensor "w"/,
  'negative_offset.pth': /tensor "w" has the offset -4/,
  'negative_stride.pth': /tensor "w" has the stride -1/,
  'negative_size.pth': /tensor "w" has the size -4/,
  'size_overflow.pth': /tensor "w"/,
  'stride_dim_mismatch.pth': /tensor "w" has 2 sizes and 1 strides/,
  'unknown_storage_type.pth': /torch\.QUInt8Storage/,
  'many_dims.pth': /tensor "w" has 5000 dimensions/,
  'deep_recursion.pth': /nesting depth/,
  'deep_tuple.pth': /nesting depth/,
  'self_reference.pth': /wrong top level type/,
  'billion_laughs.pth': /wrong top level type/,
  'string_length_huge.pth': /length 4611686018427388000/,
  'long4_huge.pth': /length 2147483647/,
  'memo_index_huge.pth': /wrong top level type/,
  'memo_missing.pth': /memo 42/,
  'stack_underflow.pth': /stack underflow/,
  'no_stop.pth': /unexpected end of pickle/,
  'unknown_opcode.pth': /opcode 0xfe/,
  'bad_persistent_id.pth': /persistent id/,
  'bad_utf8_key.pth': /utf-8/,
};
/** Well-formed: what is wrong with the last two is for the model to say. */
const ACCEPTED = [
  'control_valid.pth',
  'proto_keys.pth',
  'non_finite_weight.pth',
  'wrong_shape.pth',
];

const folder = shared('goldens', 'malicious');
const hostile = (name: string) => WatchedFile.fromDisk(`${folder}/${name}`);

/** Opens a file and reads all of it, as a model would. */
async function load(file: WatchedFile): Promise<Map<string, Float32Array>> {
  const checkpoint = await openCheckpoint(file);
  const values = new Map<string, Float32Array>();
  for (const name of checkpoint.tensors.keys()) values.set(name, await checkpoint.read(name));
  return values;
}

/** Everything that a hostile file might try to change: what objects inherit, and global names. */
function surroundings(): unknown[] {
  const classes: { prototype: object }[] = [Object, Array, Function, String, Map, Uint8Array];
  const inherited = classes.flatMap(({ prototype }) =>
    Reflect.ownKeys(prototype).flatMap((key) => {
      const property: { value?: unknown; get?: unknown } | undefined =
        Object.getOwnPropertyDescriptor(prototype, key);
      return [key, property?.value, property?.get];
    }),
  );
  return [...inherited, ...Reflect.ownKeys(globalThis)];
}
const before = surroundings();

afterEach(async () => {
  const after = surroundings();
  expect(after.length).toBe(before.length);
  expect(after.findIndex((found, i) => !Object.is(found, before[i]))).toBe(-1);
  expect(await load(hostile('control_valid.pth'))).toEqual(
    new Map([['w', Float32Array.of(1, 1, 1, 1)]]),
  );
});

test('every case of the manifest is here', () => {
  const { cases } = readJson(`${folder}/manifest.json`) as { cases: readonly { file: string }[] };
  const listed = cases.map(({ file }) => file).filter((file) => /\.pth?$/.test(file));
  expect([...Object.keys(REFUSED), ...ACCEPTED].toSorted()).toEqual(listed.toSorted());
  expect(readdirSync(folder).filter((file) => /\.pth?$/.test(file))).toHaveLength(listed.length);
});

test.each(Object.entries(REFUSED))(
  '%s is refused, the message matches %s',
  async (name, message) => {
    const file = hostile(name);
    const text = await refusal(load(file));
    expect(text).toMatch(message);
    expect(text.startsWith(`${name}: `)).toBe(true);
    expect(text.length).toBeLessThan(500);
    expect(file.bytesRead).toBeLessThanOrEqual(2 * file.size + 2 ** 16);
  },
);

test('names that objects inherit are plain data', async () => {
  const checkpoint = await openCheckpoint(hostile('proto_keys.pth'));
  expect([...checkpoint.tensors.keys()]).toEqual([
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    '__proto__.polluted',
  ]);
  expect(checkpoint.meta.get('__proto__')).toEqual(new Map([['polluted', true]]));
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  await expect(checkpoint.read('__proto__')).resolves.toEqual(Float32Array.of(1, 1, 1, 1));
});

test('values that are not finite, and shapes that no model has, are read as they are', async () => {
  const values = await load(hostile('non_finite_weight.pth'));
  expect(values.get('w')?.slice(0, 3)).toEqual(Float32Array.of(NaN, Infinity, -Infinity));
  const { tensors } = await openCheckpoint(hostile('wrong_shape.pth'));
  expect([...tensors.keys()]).toEqual(['backbone.downsample1_1.encode_conv.weight']);
});

describe('memory', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
  /** Of the heap and of typed arrays. */
  const allocated = () => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };

  /** What `attempt` allocates, and the collections meanwhile: without one, nothing was freed. */
  const measure = async (attempt: () => Promise<unknown>) => {
    collect();
    await nextTurn();
    const collections = new PerformanceObserver(() => undefined);
    collections.observe({ entryTypes: ['gc'] });
    const start = allocated();
    await attempt();
    const taken = allocated() - start;
    await nextTurn();
    const collected = collections.takeRecords();
    collections.disconnect();
    return { taken, collected };
  };

  test.each([...Object.keys(REFUSED), ...ACCEPTED])(
    '%s takes at most 2 x its size + 1 MiB',
    async (name) => {
      const file = hostile(name);
      const attempt = () => load(file).catch(() => undefined);
      await attempt(); // compiles
      let measured = await measure(attempt);
      // The collector keeps its own time: only a measurement that it left alone counts.
      for (let again = 0; again < 9 && measured.collected.length > 0; again++) {
        measured = await measure(attempt);
      }
      expect(measured.collected).toEqual([]);
      expect(measured.taken).toBeLessThanOrEqual(2 * file.size + 2 ** 20);
    },
  );
});
