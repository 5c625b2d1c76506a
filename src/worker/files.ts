import { SpikesegError, throwIfAborted } from '../errors.ts';
import { blobSource } from '../model/bytes.ts';
import type { ByteSource } from '../model/tensors.ts';
import { download } from './download.ts';

/** What is told of a file while it comes. `total` is 0 where nobody knows it. */
export type OnBytes = (loaded: number, total: number) => void;

/**
 * A file that can be read in slices, whether it is at hand, on disk (in Node) or on a server.
 * @throws SpikesegError `network`, `aborted`
 */
export async function openFile(
  file: Blob | string,
  signal: AbortSignal | undefined,
  onBytes: OnBytes = () => undefined,
): Promise<Blob> {
  throwIfAborted(signal);
  if (typeof file === 'string' && !file.startsWith('file:')) {
    return download(file, { signal, onBytes });
  }
  const blob = typeof file === 'string' ? await openLocal(file) : file;
  onBytes(blob.size, blob.size);
  return blob;
}

/** Node's fetch reads no local files. Asked of the process, so that no bundler looks for the module. */
async function openLocal(url: string): Promise<Blob> {
  try {
    return await process.getBuiltinModule('node:fs').openAsBlob(new URL(url));
  } catch (cause) {
    throw new SpikesegError('network', `${url} cannot be read: check that the file exists`, {
      cause,
    });
  }
}

export function sliceable(file: Blob, origin: Blob | string): ByteSource {
  return blobSource(nameOf(origin), file);
}

/** The last part of an address, or the name of a file. */
export function nameOf(file: Blob | string): string {
  if (typeof file === 'string') return /[^/]+$/.exec(new URL(file).pathname)?.[0] ?? file;
  return 'name' in file && typeof file.name === 'string' ? file.name : 'the file';
}

/** Relative addresses count from the page. */
export function absolute(url: string | URL): string {
  const base = typeof document === 'undefined' ? undefined : document.baseURI;
  return new URL(url, base).href;
}
