import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { SpikesegError } from '../errors.ts';
import type { ByteSource } from '../model/tensors.ts';

/**
 * Opens a file for reading in slices, as long as `action` lasts.
 * @throws SpikesegError `network` if it cannot be opened or read
 */
export async function withFile<T>(
  path: string,
  action: (file: ByteSource) => Promise<T>,
): Promise<T> {
  const handle = await open(path).catch(refuse(path, 'read'));
  try {
    const { size } = await handle.stat();
    return await action({
      name: basename(path),
      size,
      async slice(start, end) {
        const bytes = new Uint8Array(end - start);
        let filled = 0;
        while (filled < bytes.length) {
          const { bytesRead } = await handle
            .read(bytes, filled, bytes.length - filled, start + filled)
            .catch(refuse(path, 'read'));
          if (bytesRead === 0) {
            throw new SpikesegError('integrity', `${path} was cut short while it was being read`);
          }
          filled += bytesRead;
        }
        return bytes;
      },
    });
  } finally {
    await handle.close();
  }
}

/** @throws SpikesegError `network` if it cannot be read */
export async function readWhole(path: string): Promise<Buffer<ArrayBuffer>> {
  return readFile(path).catch(refuse(path, 'read'));
}

/**
 * Parses a file of JSON.
 * @throws SpikesegError `network` if it cannot be read, `manifest-invalid` if it is none
 */
export async function readJson(path: string): Promise<unknown> {
  const text = (await readWhole(path)).toString('utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SpikesegError('manifest-invalid', `${path} is not JSON`, { cause });
  }
}

/**
 * Writes a file, and the folders on the way to it.
 * @throws SpikesegError `network` if that is not possible
 */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true }).catch(refuse(dirname(path), 'written'));
  await writeFile(path, bytes).catch(refuse(path, 'written'));
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'a part of the path is no folder',
  EISDIR: 'it is a folder',
  EEXIST: 'there is a file of that name already',
  EACCES: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
};

/** For `catch`: throws what says in words why a file cannot be `read` or `written`. */
export function refuse(path: string, verb: 'read' | 'written'): (cause: unknown) => never {
  return (cause) => {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const message = cause instanceof Error ? cause.message : String(cause);
    const reason = REASONS[code] ?? message;
    throw new SpikesegError('network', `${path} cannot be ${verb}: ${reason}`, { cause });
  };
}
