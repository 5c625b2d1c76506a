import { SpikesegError, throwIfAborted } from '../errors.ts';
import { explainBlocked, refuseResponse } from './download-errors.ts';

export interface DownloadOptions {
  readonly signal?: AbortSignal | undefined;
  /** `total` is 0 where the server does not tell it. */
  readonly onBytes?: ((loaded: number, total: number) => void) | undefined;
  /** Milliseconds before each further attempt. */
  readonly delays?: readonly number[] | undefined;
}

const DELAYS = [500, 1000, 2000, 4000];
/** Worth another attempt. */
const TRANSIENT = new Set([408, 429, 500, 502, 503, 504]);
/** An attempt that got this far was no failure. */
const PROGRESS_BYTES = 2 ** 20;
/** Pieces are moved out of the JS heap, into a Blob, at this size. */
const PIECE_BYTES = 4 * 2 ** 20;

/**
 * Fetches a file. A transfer that was cut goes on where it stopped, if the server can and the file is
 * still the same.
 * @throws SpikesegError `network`, saying in words what is in the way; `aborted`
 */
export async function download(
  url: string,
  { signal, onBytes = () => undefined, delays = DELAYS }: DownloadOptions = {},
): Promise<Blob> {
  const transfer = new Transfer(url, signal, onBytes);
  for (let failures = 0; ;) {
    throwIfAborted(signal);
    const before = transfer.loaded;
    try {
      return await transfer.attempt();
    } catch (cause) {
      throwIfAborted(signal);
      if (cause instanceof SpikesegError && !(cause instanceof TransferCut)) throw cause;
      if (transfer.loaded === 0) await explainBlocked(url);
      failures = transfer.loaded - before > PROGRESS_BYTES ? 1 : failures + 1;
      const delay = delays[failures - 1];
      if (delay === undefined) throw gaveUp(url, failures, cause);
      await pause(delay, signal);
    }
  }
}

class Transfer {
  readonly #url: string;
  readonly #signal: AbortSignal | undefined;
  readonly #onBytes: (loaded: number, total: number) => void;
  #pieces: Blob[] = [];
  loaded = 0;
  #total = 0;
  /** Tells whether the file is still the one that was begun. */
  #version: string | undefined;

  constructor(
    url: string,
    signal: AbortSignal | undefined,
    onBytes: (loaded: number, total: number) => void,
  ) {
    this.#url = url;
    this.#signal = signal;
    this.#onBytes = onBytes;
  }

  /** @throws SpikesegError for what will not change; anything else for what may */
  async attempt(): Promise<Blob> {
    const response = (await this.#resume()) ?? (await this.#start());
    this.#onBytes(this.loaded, this.#total);
    await this.#receive(response);
    if (this.loaded < this.#total) throw new TransferCut(`after ${this.loaded} bytes`);
    return new Blob(this.#pieces);
  }

  /** The rest of the file; undefined if that cannot be had. */
  async #resume(): Promise<Response | undefined> {
    if (this.loaded === 0 || this.#version === undefined) return undefined;
    // Without If-Range, which would make browsers ask servers for a permission that few give.
    const response = await this.#fetch({ Range: `bytes=${this.loaded}-` });
    if (response.status === 206 && versionOf(response) === this.#version) return response;
    await response.body?.cancel();
    return undefined;
  }

  async #start(): Promise<Response> {
    this.#pieces = [];
    this.loaded = 0;
    const response = await this.#fetch({});
    await refuseResponse(this.#url, response);
    this.#version = versionOf(response);
    // The length of what was compressed on the way is not the file's.
    const compressed = response.headers.has('Content-Encoding');
    this.#total = compressed ? 0 : Number(response.headers.get('Content-Length') ?? 0);
    return response;
  }

  async #fetch(headers: Readonly<Record<string, string>>): Promise<Response> {
    const signal = this.#signal ? { signal: this.#signal } : {};
    const response = await fetch(this.#url, { headers, ...signal });
    if (TRANSIENT.has(response.status)) {
      await response.body?.cancel();
      throw new TransferCut(`the server answered ${response.status} ${response.statusText}`);
    }
    return response;
  }

  async #receive(response: Response): Promise<void> {
    const reader = response.body?.getReader();
    let chunks: Uint8Array<ArrayBuffer>[] = [];
    let bytes = 0;
    const flush = () => {
      this.#pieces.push(new Blob(chunks));
      [chunks, bytes] = [[], 0];
    };
    try {
      for (;;) {
        const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
        if (done) return;
        chunks.push(value);
        bytes += value.length;
        this.loaded += value.length;
        this.#onBytes(this.loaded, this.#total);
        if (bytes >= PIECE_BYTES) flush();
      }
    } finally {
      flush();
    }
  }
}

/** Ends an attempt; another may succeed. */
class TransferCut extends SpikesegError {
  constructor(message: string) {
    super('network', message);
  }
}

/** A strong ETag, else the date; both tell a changed file. */
function versionOf({ headers }: Response): string | undefined {
  const etag = headers.get('ETag');
  return etag?.startsWith('"') === true ? etag : (headers.get('Last-Modified') ?? undefined);
}

function gaveUp(url: string, attempts: number, cause: unknown): SpikesegError {
  const reason = cause instanceof Error ? reasonOf(cause) : String(cause);
  return new SpikesegError(
    'network',
    `${url} could not be fetched in ${attempts} attempts (${reason}): check the address and the ` +
      'connection, or download the file and open it from your disk',
    { cause },
  );
}

/** Node says what happened in the cause. */
function reasonOf({ message, cause }: Error): string {
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener('abort', done);
  });
}
