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
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
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
  /** As many classes as ADE20K has. */
  '/wide.safetensors': (_, response) =>
    response
      .writeHead(200, ALLOWED)
      .end(edited((name, rows) => [name, name.startsWith('decode_head.cls_embed.') ? 151 : rows])),
  /** One tensor under another name, one of another length. */
  '/faulty.safetensors': (_, response) =>
    response
      .writeHead(200, ALLOWED)
      .end(
        edited((name, rows) => [
          name.replace(/^decode_head\.cls_embed\.bias$/, 'decode_head.extra.bias'),
          name === 'decode_head.mask_embed.fc_out.bias' ? rows - 1 : rows,
        ]),
      ),
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

/** The weights of the small network after `edit`, which gives every tensor its new name and rows. */
function edited(edit: (name: string, rows: number) => readonly [string, number]): Buffer {
  const file = readFileSync(shared('goldens', 'micro', 'weights.safetensors'));
  const start = 8 + Number(file.readBigUInt64LE());
  const header = JSON.parse(file.toString('utf8', 8, start)) as Record<string, StoredTensor>;
  delete header['__metadata__'];
  const pieces: Buffer[] = [];
  let end = 0;
  const tensors = Object.entries(header).map(([name, { dtype, shape, data_offsets }]) => {
    const [first = 1, ...rest] = shape;
    const [newName, rows] = edit(name, first);
    const [from, to] = data_offsets;
    const piece = Buffer.alloc(
      ((to - from) / first) * rows,
      file.subarray(start + from, start + to),
    );
    pieces.push(piece);
    const offsets = [end, (end += piece.length)];
    return [
      newName,
      { dtype, shape: shape.length > 0 ? [rows, ...rest] : [], data_offsets: offsets },
    ];
  });
  const text = Buffer.from(JSON.stringify(Object.fromEntries(tensors)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...pieces]);
}
