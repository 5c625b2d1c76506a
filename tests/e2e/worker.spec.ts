import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test as base, expect, type Page } from '@playwright/test';

const ROOT = join(import.meta.dirname, '../..');
const ORIGIN = 'https://embedder.test';

/** A page of somebody else that has the built library beside it. */
const test = base.extend<{ embedder: Page }>({
  embedder: async ({ page }, use) => {
    await page.context().route(`${ORIGIN}/**`, async (route) => {
      const { pathname } = new URL(route.request().url());
      const path = join(ROOT, pathname);
      if (pathname === '/') {
        await route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>x' });
      } else if (existsSync(path)) await route.fulfill({ path });
      else await route.fulfill({ status: 404 });
    });
    await page.goto(ORIGIN);
    await use(page);
  },
});

/** Loads the bundled model; the page keeps the segmenter and a small grey picture. */
function create(page: Page): Promise<string> {
  return page.evaluate(`import('/dist/index.js').then(async ({ Segmenter }) => {
    window.grey = new ImageData(new Uint8ClampedArray(4 * 24 * 16).fill(128), 24, 16);
    window.segmenter = await Segmenter.create();
    return window.segmenter.model.name;
  }).catch(({ name, code, message }) => [name, code, message].join(' | '))`);
}

/** What becomes of a call: the labels it gave, or its error. */
function outcome(page: Page, call: string): Promise<string> {
  return page.evaluate(`${call}.then(
    (value) => value?.labels ? value.labels.length + ' labels' : String(value),
    ({ name, code, message }) => [name, code, message].join(' | '),
  )`);
}

const segment = 'window.segmenter.segment(window.grey, { size: { width: 64, height: 64 } })';

test('a worker that dies rejects the call in flight and those that come later', async ({
  embedder,
}) => {
  expect(await create(embedder)).toBe('portrait');
  expect(await outcome(embedder, segment)).toBe('384 labels');

  const inFlight = outcome(embedder, segment);
  const [worker] = embedder.workers();
  await worker?.evaluate(`void setTimeout(() => { throw new RangeError('out of luck'); })`);
  const died = /^SpikesegError \| worker-died \| .*out of luck.*: create a new segmenter$/;
  expect(await inFlight).toMatch(died);
  expect(await outcome(embedder, segment)).toMatch(died);
  expect(await outcome(embedder, 'window.segmenter.stats()')).toMatch(died);
  expect(await outcome(embedder, 'window.segmenter.dispose()')).toBe('undefined');
  expect(await outcome(embedder, segment)).toContain('disposed');
  await expect.poll(() => embedder.workers().length).toBe(0);

  expect(await create(embedder)).toBe('portrait');
  expect(await outcome(embedder, segment)).toBe('384 labels');
  expect(embedder.workers()).toHaveLength(1);
});

test('a worker that cannot be loaded rejects the creation', async ({ embedder }) => {
  await embedder.context().route('**/worker.js', (route) => route.fulfill({ status: 404 }));
  expect(await create(embedder)).toMatch(/^SpikesegError \| worker-died \| /);
  await expect.poll(() => embedder.workers().length).toBe(0);
});
