import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { openSafetensors } from '../../src/model/safetensors.ts';
import { loadModel, locate } from '../../src/worker/loader.ts';
import { scratchFolder, spikeseg } from '../support/cli.ts';
import { fileSource } from '../support/files.ts';
import { encodeSafetensors } from '../support/safetensors.ts';
import { shared } from '../support/shared.ts';

const CHECKPOINT = shared('goldens', 'micro', 'checkpoint_mmengine.pth');
const HEADS = ['--heads', '4', '--decoder-heads', '2'];
const reference = await openSafetensors(
  fileSource(shared('goldens', 'micro', 'weights.safetensors')),
);

async function convert(...more: readonly string[]) {
  const folder = join(await scratchFolder(), 'micro');
  const result = await spikeseg(['convert', CHECKPOINT, '-o', folder, ...HEADS, ...more]);
  return { folder, ...result };
}

const load = (folder: string) => loadModel(locate(pathToFileURL(folder)));

test('a checkpoint becomes a folder with the same values and all that its file told', async () => {
  const { folder, status, stdout, stderr } = await convert();
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('every value is exact');
  expect(stdout).toMatch(/1,069 tensors, [\d,]+ parameters, 5 classes/);

  const { manifest, weights } = await load(folder);
  expect(manifest.config).toMatchObject({ numHeads: 4, decHeads: 2, numClasses: 5, levels: 8 });
  expect(manifest.classes[4]).toEqual({ name: '天空', color: '#04c803' });
  expect(manifest.weights.dtype).toBe('f32');
  for (const name of weights.tensors.keys()) {
    const [found, expected] = [await weights.read(name), await reference.read(name)];
    expect(Buffer.from(found.buffer).equals(new Uint8Array(expected.buffer)), name).toBe(true);
  }
});

test('half precision is kept for weights, and told', async () => {
  const exact = await convert('--json');
  const { folder, status, stdout } = await convert('--f16', '--json');
  expect(status).toBe(0);
  const report = JSON.parse(stdout) as Record<string, number | string>;
  const { bytes } = JSON.parse(exact.stdout) as { bytes: number };
  expect(report['bytes']).toBeLessThan(0.7 * bytes);
  expect(report['rounded']).toBeGreaterThan(0);
  const file = await readFile(join(folder, 'model.safetensors'));
  expect(report['sha256']).toBe(createHash('sha256').update(file).digest('hex'));

  const { manifest, weights } = await load(folder);
  expect(manifest.weights.dtype).toBe('f16');
  expect(weights.tensors.get('decode_head.cls_embed.weight')?.dtype).toBe('F16');
  expect(weights.tensors.get('decode_head.cls_embed.bias')?.dtype).toBe('F32');
  for (const name of ['decode_head.cls_embed.weight', 'decode_head.cls_embed.bias']) {
    const expected = await reference.read(name);
    const found = await weights.read(name);
    found.forEach((value, i) => {
      const want = expected[i] ?? NaN;
      expect(Math.abs(value - want)).toBeLessThanOrEqual(2 ** -11 * Math.abs(want) + 2 ** -25);
    });
  }
});

/** The weights of micro, with one number changed. */
async function damaged(name: string, value: number): Promise<string> {
  const tensors = await Promise.all(
    Array.from(reference.tensors, async ([tensor, { shape }]) => {
      const data = await reference.read(tensor);
      if (tensor === name) data[0] = value;
      return { name: tensor, dtype: 'F32' as const, shape, data };
    }),
  );
  const file = encodeSafetensors(tensors);
  const path = join(await scratchFolder(), 'damaged.safetensors');
  await writeFile(path, await file.slice(0, file.size));
  return path;
}

test.each([
  ['too large for half precision', 70_000, /fc1\.weight" has 70000 at flat index 0.*without --f16/],
  ['not finite', Infinity, /fc1\.weight" has Infinity at flat index 0, expected a finite/],
])('a value that is %s is refused, and nothing is left behind', async (_, value, message) => {
  const path = await damaged('decode_head.mask_embed.fc1.weight', value);
  const folder = join(await scratchFolder(), 'out');
  const result = await spikeseg(['convert', path, '-o', folder, '--f16', ...HEADS]);
  expect(result).toMatchObject({ status: 1, stdout: '' });
  expect(result.stderr).toMatch(message);
  expect(await readdir(folder)).toEqual([]);
});

test('what is there is not overwritten', async () => {
  const { folder } = await convert();
  const before = await readFile(join(folder, 'manifest.json'), 'utf8');
  const again = await spikeseg(['convert', CHECKPOINT, '-o', folder, ...HEADS, '--levels', '4']);
  expect(again).toMatchObject({ status: 1, stdout: '' });
  expect(again.stderr).toContain('there is a file of that name already');
  expect(await readFile(join(folder, 'manifest.json'), 'utf8')).toBe(before);
});

test('an abort leaves nothing behind', async () => {
  const folder = join(await scratchFolder(), 'out');
  const signal = AbortSignal.abort();
  const result = await spikeseg(['convert', CHECKPOINT, '-o', folder, ...HEADS], { signal });
  expect(result.status).toBe(130);
  await expect(readdir(folder)).rejects.toThrow(/ENOENT/);
});

test.each([
  [[CHECKPOINT], /say where to write/],
  [['-o', 'x'], /expected a checkpoint/],
  [[CHECKPOINT, '-o', 'x', '--as', 'ADE'], /--as ADE names no published model: use one of ADE20K/],
  [[CHECKPOINT, '-o', 'x', '--levels', '0'], /--levels 0 is not a number/],
  [[CHECKPOINT, '-o', 'x', '--heads', 'two'], /--heads two is not a number/],
])('%j is a mistake', async (args, message) => {
  const { status, stderr } = await spikeseg(['convert', ...args]);
  expect(status).toBe(2);
  expect(stderr).toMatch(message);
});

test('a file that is not there, and one that is not the published one', async () => {
  const missing = await spikeseg(['convert', '/nowhere.pth', '-o', 'x']);
  expect(missing).toMatchObject({ status: 1, stdout: '' });
  expect(missing.stderr).toContain('nowhere.pth cannot be read');
  const other = await spikeseg(['convert', CHECKPOINT, '-o', 'x', '--as', 'ADE20K-SDTv2']);
  expect(other.status).toBe(1);
  expect(other.stderr).toContain('is not the published ADE20K-SDTv2');
});
