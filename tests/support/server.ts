import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface TestServer {
  /** Ends with a slash. */
  readonly url: string;
  /** In order of arrival. */
  readonly requests: readonly IncomingMessage[];
}

/** A server on 127.0.0.1 that ends with the test. `n` counts its requests from 0. */
export async function serve(
  answer: (request: IncomingMessage, response: ServerResponse, n: number) => void,
): Promise<TestServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response, requests.length - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, requests };
}

interface FileOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Cuts the connection after so many bytes of this answer. */
  readonly cutAfter?: number | undefined;
}

/** Answers with a file, or with the part of it that is asked for, as servers of files do. */
export function sendFile(
  { headers: { range } }: IncomingMessage,
  response: ServerResponse,
  file: Uint8Array,
  { headers = { ETag: '"1"' }, cutAfter }: FileOptions = {},
): void {
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  const part = file.subarray(start);
  response.writeHead(range === undefined ? 200 : 206, {
    ...headers,
    'Content-Length': part.length,
    ...(range === undefined
      ? {}
      : { 'Content-Range': `bytes ${start}-${file.length - 1}/${file.length}` }),
  });
  if (cutAfter === undefined) response.end(part);
  // What was written must have left before the connection goes.
  else response.write(part.subarray(0, cutAfter), () => setTimeout(() => response.destroy(), 20));
}
