import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { shared } from '../support/shared.ts';
import { expect, test } from './demo-page.ts';
import { readPalettePng } from './palette-png.ts';

const run = promisify(execFile);
const folder = shared('weights', 'portrait', 'reference');

// The same pixels for both: lossless pictures of the network's own size.
test('labels the same pixels as the command for Node does', async ({ demo }) => {
  const { page } = demo;
  const inputs = (await readdir(folder)).filter((name) => name.endsWith('.input.png'));
  expect(inputs).toHaveLength(8);
  const masks = await mkdtemp(join(tmpdir(), 'spikeseg-'));
  const paths = inputs.map((name) => join(folder, name));
  await run(process.execPath, ['dist/cli.js', 'segment', ...paths, '-o', masks, '--quiet']);

  for (const [i, name] of inputs.entries()) {
    await demo.segmentAfter(name, () => page.locator('#file').setInputFiles(paths[i] ?? ''));
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Mask', exact: true }).click();
    const shown = readPalettePng(await readFile(await (await download).path()));
    const stem = name.slice(0, -'.png'.length);
    const expected = readPalettePng(await readFile(join(masks, `${stem}.png`)));
    const equal = shown.filter((label, pixel) => label === expected[pixel]).length;
    expect(equal / expected.length, name).toBeGreaterThanOrEqual(0.995);
  }
  await rm(masks, { recursive: true });
});
