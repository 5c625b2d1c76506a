const BLOCK_BYTES = 64;
const ROUNDS = 64;

/** Fractional parts of the cube roots of the first 64 primes, of the square roots of the first 8. */
const ROUND_CONSTANTS = Int32Array.from(primes(ROUNDS), (p) => fraction(Math.cbrt(p)));
const INITIAL_STATE = Int32Array.from(primes(8), (p) => fraction(Math.sqrt(p)));

/**
 * SHA-256 of bytes that come in pieces, which `crypto.subtle` cannot do.
 * @see https://csrc.nist.gov/pubs/fips/180-4/upd1/final
 */
export class Sha256 {
  readonly #state = INITIAL_STATE.slice();
  readonly #schedule = new Int32Array(ROUNDS);
  /** Bytes that do not fill a block yet. */
  readonly #rest = new Uint8Array(BLOCK_BYTES);
  #length = 0;

  /** Adds bytes, which are not kept. */
  update(bytes: Uint8Array): void {
    const filled = this.#length % BLOCK_BYTES;
    this.#length += bytes.length;
    let at = 0;
    if (filled > 0) {
      at = Math.min(BLOCK_BYTES - filled, bytes.length);
      this.#rest.set(bytes.subarray(0, at), filled);
      if (filled + at < BLOCK_BYTES) return;
      this.#compress(this.#rest, 0, BLOCK_BYTES);
    }
    const end = bytes.length - ((bytes.length - at) % BLOCK_BYTES);
    this.#compress(bytes, at, end);
    this.#rest.set(bytes.subarray(end));
  }

  /** The hash as 64 lower-case hexadecimal digits. To be called once, after all updates. */
  digest(): string {
    const bits = BigInt(this.#length) * 8n;
    const filled = this.#length % BLOCK_BYTES;
    const padding = new Uint8Array(filled < 56 ? BLOCK_BYTES - filled : 2 * BLOCK_BYTES - filled);
    padding[0] = 0x80;
    new DataView(padding.buffer).setBigUint64(padding.length - 8, bits);
    this.update(padding);
    return Array.from(this.#state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }

  /** Whole blocks of `bytes`, from `start` to `end`. */
  #compress(bytes: Uint8Array, start: number, end: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const w = this.#schedule;
    const state = this.#state;
    for (let block = start; block < end; block += BLOCK_BYTES) {
      for (let t = 0; t < 16; t++) w[t] = view.getInt32(block + 4 * t);
      for (let t = 16; t < ROUNDS; t++) {
        const w2 = at(w, t - 2);
        const w15 = at(w, t - 15);
        const sigma0 = rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >>> 3);
        const sigma1 = rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >>> 10);
        w[t] = (sigma1 + at(w, t - 7) + sigma0 + at(w, t - 16)) | 0;
      }
      let [a, b, c, d] = [at(state, 0), at(state, 1), at(state, 2), at(state, 3)];
      let [e, f, g, h] = [at(state, 4), at(state, 5), at(state, 6), at(state, 7)];
      for (let t = 0; t < ROUNDS; t++) {
        const sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
        const choice = (e & f) ^ (~e & g);
        const first = (h + sum1 + choice + at(ROUND_CONSTANTS, t) + at(w, t)) | 0;
        const sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
        const majority = (a & b) ^ (a & c) ^ (b & c);
        h = g;
        g = f;
        f = e;
        e = (d + first) | 0;
        d = c;
        c = b;
        b = a;
        a = (first + sum0 + majority) | 0;
      }
      state[0] = at(state, 0) + a;
      state[1] = at(state, 1) + b;
      state[2] = at(state, 2) + c;
      state[3] = at(state, 3) + d;
      state[4] = at(state, 4) + e;
      state[5] = at(state, 5) + f;
      state[6] = at(state, 6) + g;
      state[7] = at(state, 7) + h;
    }
  }
}

/**
 * SHA-256 of a file, read in pieces.
 * - `onBytes`: told how many were read so far
 */
export async function sha256OfBlob(
  blob: Blob,
  onBytes: (read: number) => void = () => undefined,
): Promise<string> {
  const hash = new Sha256();
  const reader = blob.stream().getReader();
  let read = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return hash.digest();
    hash.update(value);
    read += value.length;
    onBytes(read);
  }
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

/** An element that is known to exist. */
function at(words: Int32Array, index: number): number {
  return words[index] ?? 0;
}

/** The first 32 bits behind the point; doubles have them exact for roots this small. */
function fraction(root: number): number {
  return ((root - Math.floor(root)) * 2 ** 32) | 0;
}

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) {
    if (found.every((prime) => n % prime !== 0)) found.push(n);
  }
  return found;
}
