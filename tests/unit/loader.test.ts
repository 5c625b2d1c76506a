import { openAsBlob, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { CheckpointSource, ModelSource, Progress } from '../../src/worker/api.ts';
import { downloadCheckpoint } from '../../src/worker/download-checkpoint.ts';
import { inspectCheckpoint } from '../../src/worker/inspect-checkpoint.ts';
import { loadCheckpoint } from '../../src/worker/load-checkpoint.ts';
import { loadModel, locate } from '../../src/worker/loader.ts';
import { modelStore } from '../../src/worker/store.ts';
import { sendFile, serve } from '../support/server.ts';
import { shared } from '../support/shared.ts';

const MICRO = { numHeads: 4, decHeads: 2 } as const;
const path = shared('goldens', 'micro', 'checkpoint_mmengine.pth');
const bytes = readFileSync(path);
const portrait = pathToFileURL('weights/portrait/').href;

const load = (model: ModelSource) => loadModel(locate(model));

describe('a folder', () => {
  test('is loaded and verified', async () => {
    const phases = new Map<string, Progress>();
    const onProgress = (progress: Progress) => void phases.set(progress.phase, progress);
    const { manifest, weights, notices } = await loadModel(locate(portrait), { onProgress });
    expect(manifest.name).toBe('portrait');
    expect(notices).toEqual([]);
    const { bytes: total } = manifest.weights;
    expect([...phases.keys()]).toEqual(['download', 'verify']);
    for (const { loaded, total: of } of phases.values())
      expect([loaded, of]).toEqual([total, total]);
    expect(await weights.read('decode_head.w')).toHaveLength(1);
  });

  test.each([
    [
      'a bit flipped',
      (b: Uint8Array) => b.map((byte, i) => (i === 9999 ? byte ^ 1 : byte)),
      /has the SHA-256 .*promises/,
    ],
    ['a byte missing', (b: Uint8Array) => b.subarray(1), /bytes, its manifest promises/],
  ])('is refused with %s', async (_, damage, message) => {
    const manifest = await openAsBlob('weights/portrait/manifest.json');
    const weights = new Blob([
      new Uint8Array(damage(readFileSync('weights/portrait/model.safetensors'))),
    ]);
    const attempt = load({ manifest, weights });
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toMatchObject({ code: 'integrity' });
  });

  test('with a manifest that is no JSON is refused by name', async () => {
    const weights = new Blob([]);
    await expect(load({ manifest: new File(['{'], 'm.json'), weights })).rejects.toThrow(
      /m\.json is not JSON/,
    );
  });

  test('given as a manifest alone is refused', async () => {
    const manifest = await openAsBlob('weights/portrait/manifest.json');
    await expect(loadModel({ manifest, weights: undefined })).rejects.toThrow(/model\.safetensors/);
  });
});

describe('a checkpoint', () => {
  test.each<[string, () => Promise<CheckpointSource>]>([
    ['a file', async () => ({ checkpoint: await openAsBlob(path), ...MICRO })],
    ['a local address', () => Promise.resolve({ checkpoint: pathToFileURL(path), ...MICRO })],
    [
      'an address',
      async () => {
        const server = await serve((request, response) => sendFile(request, response, bytes));
        return { checkpoint: `${server.url}a/micro.pth?download=true`, ...MICRO };
      },
    ],
  ])('is loaded from %s', async (_, source) => {
    const { manifest, weights, notices, report } = await load(await source());
    expect(manifest.config).toMatchObject({ numClasses: 5, numHeads: 4, decHeads: 2, levels: 8 });
    expect(manifest.classes[3]?.name).toBe('trottoir');
    expect(manifest.weights).toMatchObject({ bytes: bytes.length, dtype: 'f32' });
    expect(notices).toEqual([]);
    expect(report?.problem).toBeUndefined();
    expect(await weights.read('decode_head.w')).toHaveLength(1);
  });

  test('has the name of its file', async () => {
    const { url } = await serve((request, response) => sendFile(request, response, bytes));
    const { manifest } = await load({ checkpoint: `${url}a/micro.v2.pth?x=1`, ...MICRO });
    expect(manifest.name).toBe('micro.v2');
  });

  test('tells of its progress in bytes', async () => {
    const seen: Progress[] = [];
    const location = locate({ checkpoint: new File([bytes], 'micro.pth'), ...MICRO });
    await loadModel(location, { onProgress: (progress) => seen.push(progress) });
    expect(seen[0]).toEqual({ phase: 'download', loaded: bytes.length, total: bytes.length });
    expect(seen.at(-1)).toEqual({ phase: 'verify', loaded: bytes.length, total: bytes.length });
  });

  const named: CheckpointSource = { checkpoint: new File([bytes], 'a.pth'), as: 'ADE20K-SDTv2' };

  test('that is not the published one is refused, with both hashes', async () => {
    const attempt = load(named);
    await expect(attempt).rejects.toMatchObject({ code: 'integrity' });
    await expect(attempt).rejects.toThrow(
      /a\.pth is not the published ADE20K-SDTv2: its SHA-256 is [0-9a-f]{64}, expected 6384d6bf/,
    );
  });

  test('that is not the published one is loaded on demand, and said to be another', async () => {
    const classes = [{ name: 'own', color: '#112233' }];
    const source = { ...named, ...MICRO, classes, allowHashMismatch: true };
    const { manifest, notices } = await load(source);
    expect(manifest.name).toBe('ADE20K-SDTv2');
    expect(notices).toEqual([
      expect.stringMatching(/a\.pth is not the published ADE20K-SDTv2/),
      expect.stringMatching(/could not be verified here/),
    ]);
  });

  test('that is none of ours is refused by name, with what it seems to be', async () => {
    const lif = await openAsBlob(shared('goldens', 'lif', 'weights.safetensors'));
    const attempt = load({ checkpoint: new File([lif], 'lif.safetensors') });
    await expect(attempt).rejects.toMatchObject({ code: 'weights-invalid' });
    await expect(attempt).rejects.toThrow(/^lif\.safetensors: .*Spike-Driven Transformer V2/);
  });

  test('is downloaded as a file of its name, to be inspected before it is loaded', async () => {
    const { url } = await serve((request, response) => sendFile(request, response, bytes));
    const seen: Progress[] = [];
    const onProgress = (progress: Progress) => seen.push(progress);
    const file = await downloadCheckpoint(`${url}a/micro.pth?x=1`, { onProgress });
    expect([file.name, file.size]).toEqual(['micro.pth', bytes.length]);
    expect(seen.at(-1)).toMatchObject({ phase: 'download', loaded: bytes.length });
    expect(await inspectCheckpoint(file, MICRO)).toMatchObject({ problem: undefined });
  });

  test('is inspected without being loaded', async () => {
    const report = await inspectCheckpoint(new File([bytes], 'a.pth'), MICRO);
    expect(report).toMatchObject({ format: 'zip', problem: undefined });
  });

  test('stops when it is aborted while it is verified', async () => {
    const abort = new AbortController();
    const location = { checkpoint: new Blob([bytes]), options: MICRO };
    const attempt = loadCheckpoint(
      { ...location, allowHashMismatch: false, keep: true },
      { signal: abort.signal, onProgress: () => abort.abort() },
    );
    await expect(attempt).rejects.toMatchObject({ code: 'aborted' });
  });
});

test('Node keeps nothing', async () => {
  await modelStore.save('http://127.0.0.1/a.pth', new Blob(['a']));
  expect(await modelStore.open('http://127.0.0.1/a.pth')).toBeUndefined();
  expect(await modelStore.list()).toEqual([]);
  await expect(modelStore.delete('http://127.0.0.1/a.pth')).resolves.toBeUndefined();
});
