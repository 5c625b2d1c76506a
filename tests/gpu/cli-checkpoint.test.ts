import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SegmentResult } from '../../src/node/segment-result.ts';
import { scratchFolder, spikeseg } from '../support/cli.ts';
import { shared } from '../support/shared.ts';

const CHECKPOINT = shared('goldens', 'micro', 'checkpoint_mmengine.pth');
const HEADS = ['--heads', '4', '--decoder-heads', '2'];
const photo = shared('data', 'samples', 'friends.jpg');

async function segment(...args: readonly string[]) {
  const run = ['segment', photo, '--json', '--size', '96x64', ...args];
  const { status, stdout, stderr } = await spikeseg(run);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout) as SegmentResult;
}

test('a checkpoint and what it is converted to label a photo alike', async () => {
  const folder = join(await scratchFolder(), 'micro');
  const converted = await spikeseg(['convert', CHECKPOINT, '-o', folder, ...HEADS]);
  expect(converted.status).toBe(0);

  const own = await segment('--model', CHECKPOINT, ...HEADS);
  expect(own.model.name).toBe('checkpoint_mmengine');
  expect(own.classes.map(({ name }) => name)).toContain('天空');
  expect(own.network).toEqual({ width: 64, height: 96 });
  const { classes, network } = await segment('--model', folder);
  expect({ classes, network }).toEqual({ classes: own.classes, network: own.network });
});

test('a checkpoint of other classes, and one that is not there', async () => {
  const as = ['--model', CHECKPOINT, ...HEADS, '--as', 'VOC2012-1x4', '--allow-mismatch'];
  const { status, stderr } = await spikeseg(['segment', photo, ...as]);
  expect(status).toBe(2);
  expect(stderr).toContain('150 classes are given, the checkpoint has 5');
  const missing = await spikeseg(['segment', photo, '--model', '/nowhere.pth']);
  expect(missing.status).toBe(1);
  expect(missing.stderr).toContain('nowhere.pth cannot be read');
});
