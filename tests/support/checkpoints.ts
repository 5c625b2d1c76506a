import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { SpikesegError } from '../../src/errors.ts';
import type { ByteSource } from '../../src/model/tensors.ts';

/** A file in memory that knows what was read of it. */
export class WatchedFile implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly #bytes: Uint8Array;
  /** Of all slices together. */
  bytesRead = 0;
  reads = 0;

  constructor(name: string, bytes: Uint8Array) {
    this.name = name;
    this.size = bytes.length;
    this.#bytes = bytes;
  }

  static fromDisk(path: string): WatchedFile {
    return new WatchedFile(path.split('/').at(-1) ?? path, readFileSync(path));
  }

  /** All of it, borrowed; not counted. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  slice(start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    if (!(start >= 0 && start <= end && end <= this.size)) {
      throw new RangeError(`slice ${start} to ${end} of ${this.size} bytes`);
    }
    this.bytesRead += end - start;
    this.reads++;
    return Promise.resolve(new Uint8Array(this.#bytes.subarray(start, end)));
  }
}

/** The message of the typed error that `attempt` must end with. */
export async function refusal(attempt: Promise<unknown>): Promise<string> {
  const error: unknown = await attempt.then(
    () => expect.fail('it was accepted'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof SpikesegError)) throw error;
  expect(error.code).toBe('checkpoint-invalid');
  return error.message;
}

/** Path of a file written by `tests/fixtures/checkpoints/make.py`. */
export function checkpointFixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/checkpoints/${name}`, import.meta.url));
}

/** Bytes of text whose characters stand for one byte each. */
export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Opcodes that push a float tensor of four elements in storage `0`. */
export const TENSOR_OPCODES =
  'ctorch._utils\n_rebuild_tensor_v2\n' +
  '((U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuK\x04tQK\x00K\x04\x85K\x01\x85\x89)tR';

/** A legacy checkpoint: its object and list of storages in opcodes, then `data`. */
export function legacyFile(object: string, keys: string, data: string): Uint8Array {
  const magic = '\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.';
  const machine = '\x80\x02}U\x0dlittle_endian\x88s.';
  return latin1(`${magic}\x80\x02M\xe9\x03.${machine}\x80\x02${object}.\x80\x02${keys}.${data}`);
}
