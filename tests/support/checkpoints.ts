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

/** The object pickle of a checkpoint with one tensor `w` of four ones, with `before` in front. */
export function pickleOfOnes(before = ''): string {
  const storage = '(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x04tQ';
  const tensor = `ctorch._utils\n_rebuild_tensor_v2\n(${storage}K\0K\x04\x85K\x01\x85\x89)tR`;
  return `\x80\x02}(${before}X\x01\0\0\0w${tensor}u.`;
}
