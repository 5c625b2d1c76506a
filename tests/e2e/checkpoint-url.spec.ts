import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test as base, expect, type Page } from '@playwright/test';
import { rolldown } from 'rolldown';
import { shared } from '../support/shared.ts';

const CHECKPOINT = readFileSync(shared('goldens', 'micro', 'checkpoint_mmengine.pth'));
const HALF = Math.floor(CHECKPOINT.length / 2);

/** A page of its own origin that can load checkpoints, and an answer for `/micro.pth`. */
class Site {
  requests = 0;
  answer: RequestListener = (_, response) => response.writeHead(404).end();
  readonly url: string;

  private constructor(server: Server, code: string) {
    server.on('request', (request, response) => {
      if (request.url === '/micro.pth') {
        this.requests++;
        this.answer(request, response);
      } else if (request.url === '/loading.js') {
        response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(code);
      } else {
        response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>x');
      }
    });
    this.url = `http://localhost:${(server.address() as AddressInfo).port}/`;
  }

  static async open(code: string): Promise<{ site: Site; close: () => void }> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const close = () => {
      server.closeAllConnections();
      server.close();
    };
    return { site: new Site(server, code), close };
  }

  /** Answers with the checkpoint from now on. */
  offer(headers: Readonly<Record<string, string>> = {}): void {
    this.answer = (_, response) => response.writeHead(200, headers).end(CHECKPOINT);
  }
}

interface Loaded {
  readonly name: string;
  readonly notices: readonly string[];
}

/** Loads a checkpoint in the page. */
function load(page: Page, url: string): Promise<Loaded> {
  return page.evaluate(`import('/loading.js').then(({ load }) => load(${JSON.stringify(url)}))`);
}

function stored(page: Page): Promise<{ url: string; bytes: number }[]> {
  return page.evaluate(`import('/loading.js').then(({ modelStore }) => modelStore.list())`);
}

const test = base.extend<{ site: Site; other: Site }, { code: string }>({
  code: [
    async ({}, use) => {
      const bundle = await rolldown({ input: 'tests/e2e/loading.ts', platform: 'browser' });
      const { output } = await bundle.generate({ format: 'esm', codeSplitting: false });
      await use(output[0].code);
    },
    { scope: 'worker' },
  ],
  site: async ({ code, page }, use) => {
    const { site, close } = await Site.open(code);
    await page.goto(site.url);
    await use(site);
    close();
  },
  other: async ({ code }, use) => {
    const { site, close } = await Site.open(code);
    await use(site);
    close();
  },
});

for (const kept of ['the origin private file system', 'the cache']) {
  test(`a second visit loads from ${kept}, without the network`, async ({ page, site }) => {
    if (kept === 'the cache') {
      await page.addInitScript('delete FileSystemFileHandle.prototype.createWritable');
      await page.reload();
    }
    const url = `${site.url}micro.pth`;
    site.offer();
    expect(await load(page, url)).toEqual({ name: 'micro', notices: [] });
    expect(site.requests).toBe(1);
    expect(await stored(page)).toEqual([{ url, bytes: CHECKPOINT.length }]);

    site.answer = (_, response) => response.writeHead(404).end();
    await page.reload();
    expect(await load(page, url)).toEqual({ name: 'micro', notices: [] });
    expect(site.requests).toBe(1);

    const url1 = JSON.stringify(url);
    await page.evaluate(`import('/loading.js').then((m) => m.modelStore.delete(${url1}))`);
    expect(await stored(page)).toEqual([]);
    await expect(load(page, url)).rejects.toThrow(/there is no file at/);
  });
}

test('a browser without room says so, and loads all the same', async ({ page, site }) => {
  const devtools = await page.context().newCDPSession(page);
  const origin = new URL(site.url).origin;
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1_000_000 });
  site.offer();
  const { notices } = await load(page, `${site.url}micro.pth`);
  expect(notices).toEqual([expect.stringMatching(/no room to keep .* takes 5 MB, beside \d MB/)]);
  expect(await stored(page)).toEqual([]);
});

test('another origin that does not allow it is told as that, in a sentence', async ({
  page,
  site,
  other,
}) => {
  other.offer();
  expect(new URL(other.url).origin).not.toBe(new URL(site.url).origin);
  await expect(load(page, `${other.url}micro.pth`)).rejects.toThrow(
    /does not allow this page to read the file \(CORS\): download the file by hand/,
  );
  expect(other.requests).toBe(2);
});

test('a transfer from another origin goes on after a cut', async ({ page, site, other }) => {
  expect(await stored(page)).toEqual([]);
  const headers = {
    'Access-Control-Allow-Origin': '*',
    'Last-Modified': 'Wed, 21 Oct 2026 07:28:00 GMT',
  };
  const ranges: (string | undefined)[] = [];
  other.answer = ({ headers: { range } }, response) => {
    ranges.push(range);
    if (range === undefined) {
      response.writeHead(200, { ...headers, 'Content-Length': CHECKPOINT.length });
      response.write(CHECKPOINT.subarray(0, HALF), () => setTimeout(() => response.destroy(), 200));
      return;
    }
    const start = Number(/\d+/.exec(range)?.[0]);
    response.writeHead(206, {
      ...headers,
      'Content-Range': `bytes ${start}-${CHECKPOINT.length - 1}/${CHECKPOINT.length}`,
    });
    response.end(CHECKPOINT.subarray(start));
  };
  expect(await load(page, `${other.url}micro.pth`)).toEqual({ name: 'micro', notices: [] });
  expect(ranges).toEqual([undefined, `bytes=${HALF}-`]);
  expect(site.requests).toBe(0);
});
