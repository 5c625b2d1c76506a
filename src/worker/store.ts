import { SpikesegError } from '../errors.ts';
import { nameOf } from './files.ts';

/** A file that this browser keeps for this page. */
export interface StoredModel {
  /** Where it came from. */
  readonly url: string;
  readonly bytes: number;
}

/** Files kept by the browser, by the address that they came from. */
interface FileStore {
  open(url: string): Promise<Blob | undefined>;
  save(url: string, file: Blob): Promise<void>;
  list(): Promise<StoredModel[]>;
  delete(url: string): Promise<void>;
}

const NAME = 'spikeseg';
/**
 * Bytes written at once: few enough to be on their way as a whole. Of more, where there is no room for
 * them, Chromium sometimes says that they could not be read.
 */
const PART = 256 << 10;

/** Checkpoints that were loaded by URL; a second visit loads them without the network. */
export const modelStore = {
  /** What is kept, with sizes; empty where nothing can be, as in Node. */
  async list(): Promise<StoredModel[]> {
    return (await openStore())?.list() ?? [];
  },
  /** The file that came from `url`; undefined if it is not kept, or not readable. */
  async open(url: string): Promise<File | undefined> {
    const file = await (await openStore())?.open(url).catch(() => undefined);
    return file && new File([file], nameOf(url));
  },
  /**
   * Keeps a file for the next visit. Does nothing where nothing can be kept.
   * @throws SpikesegError `storage` if the browser has no room for it, or refuses
   */
  async save(url: string, file: Blob): Promise<void> {
    try {
      await (await openStore())?.save(url, file);
    } catch (cause) {
      throw new SpikesegError('storage', await explain(cause, file.size), { cause });
    }
  },
  /** Forgets the file of that URL; what is not there is no error. */
  async delete(url: string): Promise<void> {
    await (await openStore())?.delete(url);
  },
} as const;

async function openStore(): Promise<FileStore | undefined> {
  return (await originFiles()) ?? (await cachedFiles());
}

/** The origin private file system, where files can be written outside of a worker. */
async function originFiles(): Promise<FileStore | undefined> {
  if (typeof FileSystemFileHandle === 'undefined') return undefined;
  if (!('createWritable' in FileSystemFileHandle.prototype)) return undefined;
  // Private windows of some browsers have the functions and refuse them.
  const root = await navigator.storage.getDirectory().catch(() => undefined);
  const folder = await root?.getDirectoryHandle(NAME, { create: true });
  if (folder === undefined) return undefined;
  return {
    async open(url) {
      const handle = await folder.getFileHandle(encodeURIComponent(url));
      const file = await handle.getFile();
      return file.size > 0 ? file : undefined; // it was begun, and never written
    },
    async save(url, file) {
      const handle = await folder.getFileHandle(encodeURIComponent(url), { create: true });
      const writable = await handle.createWritable();
      try {
        for (let from = 0; from < file.size; from += PART) {
          await writable.write(await file.slice(from, from + PART).arrayBuffer());
        }
        await writable.close();
      } catch (error) {
        await writable.abort().catch(() => undefined);
        await folder.removeEntry(handle.name).catch(() => undefined);
        throw error;
      }
    },
    async list() {
      const stored: StoredModel[] = [];
      for await (const handle of folder.values()) {
        if (!(handle instanceof FileSystemFileHandle)) continue;
        const { size } = await handle.getFile();
        if (size > 0) stored.push({ url: decodeURIComponent(handle.name), bytes: size });
      }
      return stored;
    },
    async delete(url) {
      await folder.removeEntry(encodeURIComponent(url)).catch(() => undefined);
    },
  };
}

async function cachedFiles(): Promise<FileStore | undefined> {
  if (typeof caches === 'undefined') return undefined;
  const cache = await caches.open(NAME).catch(() => undefined);
  if (cache === undefined) return undefined;
  return {
    async open(url) {
      return (await cache.match(url))?.blob();
    },
    async save(url, file) {
      const headers = { 'Content-Length': String(file.size) };
      await cache.put(url, new Response(file, { headers }));
    },
    async list() {
      const requests = await cache.keys();
      return Promise.all(
        requests.map(async ({ url }) => {
          const response = await cache.match(url);
          return { url, bytes: Number(response?.headers.get('Content-Length') ?? 0) };
        }),
      );
    },
    async delete(url) {
      await cache.delete(url);
    },
  };
}

async function explain(cause: unknown, bytes: number): Promise<string> {
  const [name, reason] =
    cause instanceof Error ? [cause.name, cause.message] : [undefined, String(cause)];
  if (name !== 'QuotaExceededError')
    return `the browser did not keep the file for the next visit: ${reason}`;
  const usage = (await navigator.storage.estimate().catch(() => undefined))?.usage ?? 0;
  const megabytes = (count: number) => `${(count / 1e6).toFixed(0)} MB`;
  return (
    `the browser has no room to keep the file for the next visit: it takes ${megabytes(bytes)}, ` +
    `beside ${megabytes(usage)} that this page keeps. Delete other models, or free disk space`
  );
}
