import { createReadStream, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
};

/** Serves the files of a folder, as any web server does, from an origin of its own. */
export class StaticSite {
  readonly origin: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  }

  static async open(folder: string): Promise<StaticSite> {
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      const path = join(folder, pathname.endsWith('/') ? `${pathname}index.html` : pathname);
      if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
        response.writeHead(404).end();
        return;
      }
      const type = TYPES[extname(path)] ?? 'application/octet-stream';
      response.writeHead(200, { 'Content-Type': type });
      createReadStream(path).pipe(response);
    });
    await new Promise<void>((resolve) => server.listen(0, resolve));
    return new StaticSite(server);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
