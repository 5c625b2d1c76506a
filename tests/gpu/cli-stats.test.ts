import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import {
  hashPixels,
  mergeStatistics,
  Segmenter,
  statisticsJson,
  version,
  type FiringStatistics,
  type Provenance,
} from '../../src/index.ts';
import { openDawn } from '../../src/node/dawn.ts';
import { scratchFolder, spikeseg } from '../support/cli.ts';
import { random } from '../support/random.ts';

/** Two pictures of noise, in a folder, and their pixels. */
async function pictures() {
  const folder = await scratchFolder();
  const all = [];
  for (const [i, name] of ['a.png', 'b.png'].entries()) {
    const [width, height] = [40 + i, 30];
    const next = random(i + 1);
    const data = Uint8ClampedArray.from({ length: 4 * width * height }, (_, at) =>
      at % 4 === 3 ? 255 : 256 * next(),
    );
    await sharp(data, { raw: { width, height, channels: 4 } }).toFile(join(folder, name));
    all.push({ name, width, height, data });
  }
  return { folder, all };
}

test('stats writes the very bytes that a caller of the library gets', async () => {
  const { folder, all } = await pictures();
  const segmenter = await Segmenter.create({ worker: false, gpu: await openDawn() });
  let sum: FiringStatistics | undefined;
  const images = [];
  for (const { name, ...pixels } of all) {
    const { width, height, data } = pixels;
    const { statistics } = await segmenter.segment(pixels, { statistics: true });
    expect(statistics).toBeDefined();
    if (!statistics) return;
    sum = sum ? mergeStatistics(sum, statistics) : statistics;
    images.push({ sha256: await hashPixels(data), width, height, name });
  }
  const { name, sha256 } = segmenter.model;
  const { adapter } = await segmenter.stats();
  await segmenter.dispose();

  const output = join(folder, 'out', 'statistics.json');
  const args = ['stats', folder, '--json', '-o', output];
  expect(await spikeseg(args)).toEqual({ status: 0, stdout: '', stderr: '' });
  const provenance: Provenance = { model: { name, sha256 }, images, adapter };
  const json = await readFile(output, 'utf8');
  expect(json).toBe(sum && statisticsJson(sum, provenance));
  expect(JSON.parse(json)).toMatchObject({ pictures: 2, package: { version }, levels: 4 });
});

test('stats prints tables, CSV, and rates as the original writes them', async () => {
  const { folder } = await pictures();
  const text = await spikeseg(['stats', join(folder, 'a.png')]);
  expect(text.status).toBe(0);
  expect(text.stdout).toMatch(/^1 picture, D = 4, \d+ of \d+ channels dead\n/);
  expect(text.stdout).toMatch(/^query decoder +48 /m);
  expect(text.stdout).toMatch(/^dense twin +0 +[\d,]+ +\d\.\d{3} mJ$/m);

  const rates = (await spikeseg(['stats', join(folder, 'a.png'), '--fr-rate'])).stdout.split('\n');
  expect(rates[0]).toBe(',t0');
  expect(rates).toContainEqual(
    expect.stringMatching(/^backbone\.block3\.0\.attn\.q_spike,0\.\d+$/),
  );
  const csv = (await spikeseg(['stats', join(folder, 'a.png'), '--csv'])).stdout.split('\n');
  expect(csv[0]).toMatch(/^name,group,.*,units0,units1,units2,units3,units4$/);
  expect(csv).toHaveLength(rates.length);
});

test('stats takes one format', async () => {
  const { status, stderr } = await spikeseg(['stats', 'a.png', '--csv', '--json']);
  expect(status).toBe(2);
  expect(stderr).toContain('--json, --csv and --fr-rate exclude each other');
});
