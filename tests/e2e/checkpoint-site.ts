import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { shared } from '../support/shared.ts';

/** A small Spike2Former as MMEngine saves it. */
export const MICRO = shared('goldens', 'micro', 'checkpoint_mmengine.pth');
const CHECKPOINT = readFileSync(MICRO);
const HALF = Math.floor(CHECKPOINT.length / 2);
/** Without an ETag or a date no transfer goes on after a cut. */
const ALLOWED = {
  'Access-Control-Allow-Origin': '*',
  'Last-Modified': 'Wed, 21 Oct 2026 07:28:00 GMT',
};

interface StoredTensor {
  readonly shape: number[];
  data_offsets: [number, number];
}

/** A server of another origin than the page's, which answers every address in its own way. */
export class CheckpointSite {
  /** What was asked for, with the byte that the transfer began at. */
  readonly requests: string[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => {
      const path = request.url ?? '';
      this.requests.push(`${path} ${request.headers.range ?? 'whole'}`);
      (ANSWERS[path] ?? missing)(request, response);
    });
  }

  static async open(): Promise<CheckpointSite> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, resolve));
    return new CheckpointSite(server);
  }

  url(path: string): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

const missing: RequestListener = (_, response) => response.writeHead(404, ALLOWED).end();

const ANSWERS: Readonly<Record<string, RequestListener>> = {
  '/micro.pth': (_, response) => response.writeHead(200, ALLOWED).end(CHECKPOINT),
  '/wide.safetensors': (_, response) => response.writeHead(200, ALLOWED).end(widened(151)),
  '/private.pth': (_, response) => response.writeHead(403, ALLOWED).end(),
  '/page.pth': (_, response) =>
    response.writeHead(200, { ...ALLOWED, 'Content-Type': 'text/html' }).end('<!doctype html>'),
  '/closed.pth': (_, response) => response.writeHead(200).end(CHECKPOINT),
  '/moved.pth': (_, response) =>
    response.writeHead(302, { ...ALLOWED, Location: '/closed.pth' }).end(),
  /** Cut in the middle, then resumed. */
  '/cut.pth': (request, response) => {
    const start = Number(/\d+/.exec(request.headers.range ?? '')?.[0] ?? 0);
    const length = String(CHECKPOINT.length - start);
    if (start === 0) {
      response.writeHead(200, { ...ALLOWED, 'Content-Length': length });
      response.write(CHECKPOINT.subarray(0, HALF), () => setTimeout(() => response.destroy(), 200));
    } else {
      const range = `bytes ${start}-${CHECKPOINT.length - 1}/${CHECKPOINT.length}`;
      response.writeHead(206, { ...ALLOWED, 'Content-Range': range });
      response.end(CHECKPOINT.subarray(start));
    }
  },
  /** Half of the file, and never the rest. */
  '/stuck.pth': (_, response) => {
    response.writeHead(200, { ...ALLOWED, 'Content-Length': CHECKPOINT.length });
    response.write(CHECKPOINT.subarray(0, HALF));
  },
};

/** The weights of the small network with its rows of classes repeated, to be taken for a larger one. */
function widened(rows: number): Buffer {
  const file = readFileSync(shared('goldens', 'micro', 'weights.safetensors'));
  const start = 8 + Number(file.readBigUInt64LE());
  const header = JSON.parse(file.toString('utf8', 8, start)) as Record<string, StoredTensor>;
  const pieces: Buffer[] = [];
  let end = 0;
  for (const [name, tensor] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    let piece = file.subarray(start + tensor.data_offsets[0], start + tensor.data_offsets[1]);
    if (name.startsWith('decode_head.cls_embed.')) {
      piece = Buffer.alloc((piece.length / (tensor.shape[0] ?? 1)) * rows, piece);
      tensor.shape[0] = rows;
    }
    tensor.data_offsets = [end, (end += piece.length)];
    pieces.push(piece);
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...pieces]);
}
