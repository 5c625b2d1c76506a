import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { published } from '../../src/model/registry/registry.ts';
import { checkpointAt, findSource } from '../../src/node/models.ts';
import { scratchFolder, spikeseg } from '../support/cli.ts';
import { sendFile, serve } from '../support/server.ts';
import { shared } from '../support/shared.ts';

const CHECKPOINT = shared('goldens', 'micro', 'checkpoint_mmengine.pth');
const file = await readFile(CHECKPOINT);
const HEADS = ['--heads', '4', '--decoder-heads', '2'];

test('info tells of an address what it tells of the file', async () => {
  const { url } = await serve((request, response) => sendFile(request, response, file));
  const address = `${url}micro.pth`;
  const remote = await spikeseg(['info', address, '--json']);
  const local = await spikeseg(['info', CHECKPOINT, '--json']);
  expect(remote.stderr).toBe('');
  const report = JSON.parse(local.stdout) as object;
  expect(JSON.parse(remote.stdout)).toEqual({ ...report, path: address });
});

test('convert goes on where a connection was cut', async () => {
  const half = Math.floor(file.length / 2);
  const { url, requests } = await serve((request, response, n) =>
    sendFile(request, response, file, { cutAfter: n === 0 ? half : undefined }),
  );
  const scratch = await scratchFolder();
  const [remote, local] = [join(scratch, 'remote'), join(scratch, 'local')];
  const fetched = await spikeseg(['convert', `${url}micro.pth?download=1`, '-o', remote, ...HEADS]);
  expect(fetched).toMatchObject({ status: 0, stderr: '' });
  expect(requests.length).toBeGreaterThan(1);
  await spikeseg(['convert', CHECKPOINT, '-o', local, ...HEADS]);
  const weights = (folder: string) => readFile(join(folder, 'model.safetensors'));
  expect((await weights(remote)).equals(await weights(local))).toBe(true);
});

test('an address without the file is told in words', async () => {
  const { url } = await serve((_, response) => response.writeHead(404).end());
  const { status, stderr } = await spikeseg(['info', `${url}micro.pth`]);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^spikeseg: .*micro\.pth.*404/);
});

test('a published model is found by its name, at its address', async () => {
  const model = published('ADE20K-SDTv2');
  expect(await findSource('ADE20K-SDTv2', { levels: 4 })).toEqual({
    checkpoint: model?.url,
    as: 'ADE20K-SDTv2',
    levels: 4,
  });
});

test('paths and addresses are told apart', async () => {
  const address = 'https://models.test/a.PTH?download=true';
  expect(await findSource(address, {})).toEqual({ checkpoint: address });
  expect(await findSource('https://models.test/portrait/', {})).toBe(
    'https://models.test/portrait/',
  );
  expect(checkpointAt('http.pth', {})).toEqual({ checkpoint: pathToFileURL('http.pth') });
});
