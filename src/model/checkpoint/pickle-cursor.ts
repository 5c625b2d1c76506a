import { SpikesegError } from '../../errors.ts';
import { checkpointError } from './error.ts';

/** The pickle goes on beyond the bytes at hand, at least to `end`. */
export class PickleTruncated extends SpikesegError {
  readonly end: number;

  constructor(message: string, end: number) {
    super('checkpoint-invalid', message);
    this.end = end;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const NEWLINE = 0x0a;
/** Bytes of a module's or class's name. */
const MAX_NAME = 256;
/** Bytes of an integer; generators' states need 128 bits, nothing needs more. */
const MAX_INTEGER = 1024;

/** Reads the arguments of opcodes; every length is compared with the bytes present first. */
export class PickleCursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position: number;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = start;
  }

  get position(): number {
    return this.#position;
  }

  /** Moves over `length` bytes, which must be present, and returns where they start. */
  skip(length: number, what: string): number {
    this.expect(length, what);
    const start = this.#position;
    this.#position = start + length;
    return start;
  }

  /** @throws PickleTruncated unless `length` more bytes are present */
  expect(length: number, what: string): void {
    const start = this.#position;
    const left = this.#bytes.length - start;
    if (length <= left) return;
    throw new PickleTruncated(
      `unexpected end of pickle at byte ${start}: ${what} of length ${length} is announced, ` +
        `${left} bytes are left; the file is damaged, fetch it again`,
      start + length,
    );
  }

  u8(): number {
    return this.#view.getUint8(this.skip(1, 'an opcode or argument'));
  }

  u16(): number {
    return this.#view.getUint16(this.skip(2, 'an integer'), true);
  }

  i32(): number {
    return this.#view.getInt32(this.skip(4, 'an integer'), true);
  }

  u32(): number {
    return this.#view.getUint32(this.skip(4, 'an integer'), true);
  }

  /** Rounded beyond 2^53, where it can only be a length that is refused. */
  u64(): number {
    return Number(this.#view.getBigUint64(this.skip(8, 'an integer'), true));
  }

  /** Big-endian, alone among the arguments. */
  f64(): number {
    return this.#view.getFloat64(this.skip(8, 'a number'), false);
  }

  text(length: number): string {
    const start = this.skip(length, 'a string');
    return decode(this.#bytes.subarray(start, start + length), start);
  }

  /** A name that ends with its line. */
  line(): string {
    const start = this.#position;
    const length = this.#bytes.subarray(start, start + MAX_NAME + 1).indexOf(NEWLINE);
    if (length < 0 && this.#bytes.length - start > MAX_NAME) {
      throw checkpointError(
        `the pickle has a name longer than ${MAX_NAME} bytes at byte ${start}; it is damaged, ` +
          'fetch it again',
      );
    }
    if (length < 0) this.skip(MAX_NAME + 1, 'a name');
    this.skip(length + 1, 'a name');
    return decode(this.#bytes.subarray(start, start + length), start);
  }

  /** A signed integer of `length` bytes; a bigint only where a number would not be exact. */
  integer(length: number): number | bigint {
    const start = this.skip(length, 'an integer');
    if (length > MAX_INTEGER) {
      throw checkpointError(
        `the pickle has an integer of length ${length} bytes at byte ${start}, expected at most ` +
          `${MAX_INTEGER}; do not trust the file`,
      );
    }
    if (length === 0) return 0;
    const digits = Array.from(this.#bytes.subarray(start, start + length).toReversed(), (byte) =>
      byte.toString(16).padStart(2, '0'),
    );
    const value = BigInt.asIntN(8 * length, BigInt(`0x${digits.join('')}`));
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
}

function decode(bytes: Uint8Array, start: number): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw checkpointError(
      `the pickle has text that is not valid utf-8 at byte ${start}; the file is damaged or was ` +
        'written by something else than PyTorch, fetch it again',
      { cause },
    );
  }
}
