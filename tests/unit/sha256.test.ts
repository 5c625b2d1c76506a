import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Sha256, sha256OfBlob } from '../../src/model/sha256.ts';
import { random } from '../support/random.ts';

function hash(...pieces: readonly Uint8Array[]): string {
  const sha = new Sha256();
  for (const piece of pieces) sha.update(piece);
  return sha.digest();
}

const text = (characters: string) => new TextEncoder().encode(characters);

function bytes(length: number): Uint8Array<ArrayBuffer> {
  const next = random(length);
  return Uint8Array.from({ length }, () => 256 * next());
}

describe('examples of FIPS 180', () => {
  test.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
    ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  ])('%.20s', (message, expected) => {
    expect(hash(text(message))).toBe(expected);
  });
});

test('every length around the ends of blocks is hashed as by crypto.subtle', async () => {
  for (let length = 0; length <= 200; length++) {
    const data = bytes(length);
    const digest = await crypto.subtle.digest('SHA-256', data);
    expect(hash(data), `${length} bytes`).toBe(Buffer.from(digest).toString('hex'));
  }
});

test('pieces of any length give the hash of the whole', () => {
  const data = bytes(5000);
  const expected = createHash('sha256').update(data).digest('hex');
  for (const size of [1, 3, 55, 63, 64, 65, 127, 1000]) {
    const pieces = Array.from({ length: Math.ceil(data.length / size) }, (_, i) =>
      data.subarray(i * size, (i + 1) * size),
    );
    expect(hash(...pieces), `pieces of ${size}`).toBe(expected);
  }
});

test('a Blob is hashed in pieces, and every one is told', async () => {
  const data = bytes(200_000);
  const seen: number[] = [];
  const digest = await sha256OfBlob(new Blob([data]), (read) => seen.push(read));
  expect(digest).toBe(createHash('sha256').update(data).digest('hex'));
  expect(seen.at(-1)).toBe(data.length);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
});
