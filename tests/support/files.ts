import { readFileSync } from 'node:fs';
import { bytesSource } from '../../src/model/bytes.ts';
import type { ByteSource } from '../../src/model/tensors.ts';

/** A file on disk, whole, under its own name. */
export function fileSource(path: string): ByteSource {
  return bytesSource(path.split('/').at(-1) ?? path, readFileSync(path));
}

export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
