import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findChromium, findSwiftShader } from '../../scripts/graphics.js';
import { shared } from '../support/shared.ts';
import { expect, test } from './demo-page.ts';
import { save } from './firing-section.ts';

const run = promisify(execFile);

test('exports the very bytes that the command for Node does', async ({ demo }) => {
  const { page } = demo;
  const name = 'crossing.input.png';
  const picture = shared('weights', 'portrait', 'reference', name);
  await demo.segmentAfter(name, () => page.locator('#file').setInputFiles(picture));
  const driver = findSwiftShader(findChromium() ?? '');
  if (driver === undefined) throw new TypeError('Chromium comes without its software GPU');
  const folder = await mkdtemp(join(tmpdir(), 'spikeseg-'));
  const stats = async (format: string) => {
    const output = join(folder, 'numbers');
    const args = ['dist/cli.js', 'stats', picture, format, '-o', output];
    await run(process.execPath, args, { env: { ...process.env, VK_DRIVER_FILES: driver } });
    return readFile(output, 'utf8');
  };

  // One GPU, but browsers tell less of it.
  const adapter = /"adapter": "(google, swiftshader)[^"]*"/;
  expect((await save(page, 'JSON')).replace(adapter, '$1')).toBe(
    (await stats('--json')).replace(adapter, '$1'),
  );
  expect(await save(page, 'CSV')).toBe(await stats('--csv'));
  expect(await save(page, 'fr_rate.csv')).toBe(await stats('--fr-rate'));
  await rm(folder, { recursive: true });
});
