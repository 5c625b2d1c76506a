import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { scratchFolder, spikeseg } from '../support/cli.ts';
import { shared } from '../support/shared.ts';

const PORTRAIT = fileURLToPath(new URL('../../weights/portrait/', import.meta.url));

async function infoJson(...args: readonly string[]) {
  const { status, stdout, stderr } = await spikeseg(['info', ...args, '--json']);
  expect(stderr).toBe('');
  return { status, report: JSON.parse(stdout) as Record<string, unknown> };
}

test('a bundled model: manifest, file, tensors and plans', async () => {
  const { status, report } = await infoJson('portrait', '--size', '128x96');
  expect(status).toBe(0);
  expect(report).toMatchObject({
    name: 'portrait',
    weights: { parameters: 1_377_440 },
    file: { bytes: 3_090_944, verified: true },
    tensors: { matched: 1086, missing: [], unexpected: [], misshaped: [] },
    plans: [
      { width: 256, height: 256 },
      { width: 128, height: 96 },
    ],
    metrics: { operations: { dense_macs: 711_765_472 } },
    usable: true,
  });
  const [own, small] = report['plans'] as { activations: number; operations: number }[];
  expect(own?.operations).toBeGreaterThan(100);
  expect(small?.activations).toBeLessThan((own?.activations ?? 0) / 4);
});

test('a model is found by name, by folder and by manifest', async () => {
  const { report } = await infoJson('portrait');
  for (const path of [PORTRAIT, join(PORTRAIT, 'manifest.json')]) {
    expect((await infoJson(path)).report['file']).toMatchObject({ verified: true });
  }
  expect(report['path']).toBe(join(PORTRAIT, 'manifest.json'));
});

test('weights that are not those of the manifest', async () => {
  const folder = await scratchFolder(
    ...['manifest.json', 'model.safetensors'].map((name) => [PORTRAIT + name, name] as const),
  );
  const file = join(folder, 'model.safetensors');
  const bytes = await readFile(file);
  bytes.writeUInt8(1 ^ (bytes.at(-1) ?? 0), bytes.length - 1);
  await writeFile(file, bytes);
  const { status, stdout } = await spikeseg(['info', folder]);
  expect(status).toBe(1);
  expect(stdout).toContain('NOT what the manifest promises');
});

test('weights alone: safetensors and checkpoints', async () => {
  for (const [file, format] of [
    ['weights.safetensors', 'safetensors'],
    ['checkpoint_mmengine.pth', 'PyTorch zip'],
    ['checkpoint_legacy.pth', 'PyTorch legacy'],
  ] as const) {
    const { status, report } = await infoJson(shared('goldens', 'micro', file));
    expect(status).toBe(0);
    expect(report).toMatchObject({
      format,
      config: { embedDim: [8, 16, 32, 48], featChannels: 32, numClasses: 5 },
      tensors: { matched: 1069, missing: [], unexpected: [], misshaped: [] },
      usable: true,
    });
  }
});

test('weights of another network, and files that are none', async () => {
  const foreign = await spikeseg(['info', shared('goldens', 'lif', 'weights.safetensors')]);
  expect(foreign).toMatchObject({ status: 1, stderr: '' });
  expect(foreign.stdout).toContain('a classifier of the Spike-Driven Transformer V2 family');
  const none = await spikeseg(['info', shared('goldens', 'malicious', 'git_lfs_pointer.pth')]);
  expect(none).toMatchObject({ status: 1, stdout: '' });
  expect(none.stderr).toContain('Git LFS pointer');
});
