import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { download } from '../../src/worker/download.ts';
import { random } from '../support/random.ts';
import { sendFile, serve } from '../support/server.ts';

const next = random();
const file = Uint8Array.from({ length: 3_000_000 }, () => 256 * next());
const delays = [1, 2, 4];
const CUT = 1_000_000;

async function bytesOf(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.arrayBuffer());
}

function expectSame(bytes: Uint8Array): void {
  expect(Buffer.compare(bytes, file)).toBe(0);
}

describe('a file that comes', () => {
  test('is told in bytes', async () => {
    const { url } = await serve((request, response) => sendFile(request, response, file));
    const seen: number[] = [];
    const blob = await download(url, {
      onBytes(loaded, total) {
        expect(total).toBe(file.length);
        seen.push(loaded);
      },
    });
    expectSame(await bytesOf(blob));
    expect(seen[0]).toBe(0);
    expect(seen.at(-1)).toBe(file.length);
  });

  test('may come without its length', async () => {
    const { url } = await serve((_, response) => {
      response.write(file);
      response.end();
    });
    const totals = new Set<number>();
    expectSame(await bytesOf(await download(url, { onBytes: (_, total) => totals.add(total) })));
    expect([...totals]).toEqual([0]);
  });

  test('may be somewhere else', async () => {
    const { url } = await serve((request, response) => {
      if (request.url === '/there') sendFile(request, response, file);
      else response.writeHead(302, { Location: '/there' }).end();
    });
    expectSame(await bytesOf(await download(url)));
  });
});

describe('a transfer that is cut', () => {
  test.each([
    ['an ETag', { ETag: '"1"' }],
    ['a date', { 'Last-Modified': 'Wed, 21 Oct 2026 07:28:00 GMT' }],
  ])('goes on where it stopped, by %s', async (_, headers) => {
    const { url, requests } = await serve((request, response, n) =>
      sendFile(request, response, file, { headers, cutAfter: n < 2 ? CUT : undefined }),
    );
    const seen: number[] = [];
    const blob = await download(url, { delays, onBytes: (loaded) => seen.push(loaded) });
    expectSame(await bytesOf(blob));
    expect(requests.map(({ headers: { range } }) => range)).toEqual([
      undefined,
      `bytes=${CUT}-`,
      `bytes=${2 * CUT}-`,
    ]);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  test.each([
    ['the file changed', (n: number) => ({ ETag: `"${n}"` })],
    ['nothing tells whether it changed', () => ({})],
    ['its ETag is weak', () => ({ ETag: 'W/"1"' })],
  ])('begins anew where %s', async (_, headersOf) => {
    const { url } = await serve((request, response, n) => {
      const headers = headersOf(n);
      sendFile(request, response, file, { headers, cutAfter: n === 0 ? CUT : undefined });
    });
    expectSame(await bytesOf(await download(url, { delays })));
  });

  test('begins anew where the server cannot give parts', async () => {
    const { url, requests } = await serve((request, response, n) => {
      delete request.headers.range;
      sendFile(request, response, file, { cutAfter: n === 0 ? CUT : undefined });
    });
    expectSame(await bytesOf(await download(url, { delays })));
    expect(requests).toHaveLength(3);
  });

  test('ends after a few attempts that bring nothing', async () => {
    const { url, requests } = await serve((_, response) => response.destroy());
    await expect(download(url, { delays })).rejects.toMatchObject({
      code: 'network',
      message: expect.stringMatching(/not be fetched in 4 attempts \(.*open it from/) as string,
    });
    expect(requests).toHaveLength(4);
  });

  test('is tried more often while it gets on', async () => {
    const big = new Uint8Array(8 * 2 ** 20);
    const { url, requests } = await serve((request, response, n) =>
      sendFile(request, response, big, { cutAfter: n < 5 ? 2 ** 20 + 1 : undefined }),
    );
    expect((await download(url, { delays })).size).toBe(big.length);
    expect(requests).toHaveLength(6);
  });
});

describe('an answer without a file', () => {
  const answering = (status: number, headers: Record<string, string> = {}) =>
    serve((_, response) => response.writeHead(status, headers).end('<!doctype html>'));

  test.each([
    [404, /there is no file at http:\/\/127.*404\): check the address/],
    [410, /there is no file at/],
    [401, /refuses to give.*401.*open it from your disk/],
    [403, /refuses to give.*403.*a login/],
    [418, /answered 418 I'm a Teapot/],
  ])('%i is told in words, at once', async (status, message) => {
    const { url, requests } = await answering(status);
    const expected = expect.stringMatching(message) as string;
    await expect(download(url, { delays })).rejects.toMatchObject({
      code: 'network',
      message: expected,
    });
    expect(requests).toHaveLength(1);
  });

  test('a web page is no file', async () => {
    const { url } = await answering(200, { 'Content-Type': 'text/html; charset=utf-8' });
    await expect(download(url)).rejects.toThrow(/is a web page.*\/resolve\/ instead of \/blob\//);
  });

  test('a busy server is asked again', async () => {
    const { url, requests } = await serve((request, response, n) => {
      if (n < 2) response.writeHead(n === 0 ? 503 : 429).end();
      else sendFile(request, response, file);
    });
    expectSame(await bytesOf(await download(url, { delays })));
    expect(requests).toHaveLength(3);
  });

  test('a server that stays busy is told as that', async () => {
    const { url } = await answering(503);
    await expect(download(url, { delays })).rejects.toThrow(/4 attempts.*503 Service Unavailable/);
  });

  test('redirects in a circle are told as that', async () => {
    const { url } = await answering(302, { Location: '/' });
    await expect(download(url, { delays })).rejects.toThrow(/redirect count exceeded/);
  });

  test('a server that is not there is told as that', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const attempt = download(`http://127.0.0.1:${port}/`, { delays });
    await expect(attempt).rejects.toThrow(/ECONNREFUSED.*check the address and the connection/);
  });
});

describe('an abort', () => {
  test('ends a transfer', async () => {
    const { url, requests } = await serve((_, response) => {
      response.writeHead(200, { 'Content-Length': file.length });
      response.write(file.subarray(0, CUT));
    });
    const abort = new AbortController();
    const onBytes = (loaded: number) => {
      if (loaded > 0) abort.abort();
    };
    const attempt = download(url, { signal: abort.signal, onBytes, delays });
    await expect(attempt).rejects.toMatchObject({ code: 'aborted' });
    expect(requests).toHaveLength(1);
  });

  test('ends the wait for another attempt', async () => {
    const abort = new AbortController();
    const { url } = await serve((_, response) => {
      response.writeHead(503).end();
      setTimeout(() => abort.abort(), 50);
    });
    const attempt = download(url, { signal: abort.signal, delays: [60_000] });
    await expect(attempt).rejects.toMatchObject({ code: 'aborted' });
  });
});
