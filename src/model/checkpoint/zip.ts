import { quoted } from '../describe.ts';
import type { ByteSource } from '../tensors.ts';
import type { Budget } from './budget.ts';
import { crc32 } from './crc32.ts';
import { checkpointError } from './error.ts';
import { readBytes, viewOf } from './slices.ts';
import { LOCAL_HEADER_BYTES, type ZipRecord, readZipDirectory } from './zip-directory.ts';

const LOCAL_SIGNATURE = 0x04034b50;
/** A record is checked in pieces of this size when only a part of it is wanted. */
const PIECE_BYTES = 4 * 2 ** 20;

/** The records of a ZIP file, which stay in it until they are read. */
export class ZipArchive {
  readonly records: ReadonlyMap<string, ZipRecord>;
  readonly #file: ByteSource;
  readonly #verified = new Set<ZipRecord>();

  private constructor(file: ByteSource, records: ReadonlyMap<string, ZipRecord>) {
    this.#file = file;
    this.records = records;
  }

  /** @throws SpikesegError `checkpoint-invalid`: the directory is missing, damaged or hostile */
  static async open(file: ByteSource, budget: Budget): Promise<ZipArchive> {
    return new ZipArchive(file, await readZipDirectory(file, budget));
  }

  /**
   * PyTorch never compresses, and what does not expand cannot be a bomb.
   * @throws SpikesegError `checkpoint-invalid` naming the first record that is compressed
   */
  expectStored(): void {
    const packed = [...this.records.values()].find(({ method }) => method !== 0);
    if (packed === undefined) return;
    throw checkpointError(
      `record ${quoted(packed.name)} has the compression method ${packed.method}, expected 0 ` +
        '(stored); PyTorch never compresses, save the file again with torch.save',
    );
  }

  /**
   * Bytes [start, end) of a record, in a new array that the caller owns. The first read of a record
   * compares its checksum, whatever part is wanted.
   *
   * @throws SpikesegError `checkpoint-invalid`: the checksum differs
   */
  async read(record: ZipRecord, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    const data = await this.#dataOffset(record);
    const isWhole = start === 0 && end === record.size;
    if (!isWhole && !this.#verified.has(record)) await this.#verify(record, data);
    const bytes = await readBytes(this.#file, data + start, data + end);
    if (isWhole) this.#compare(record, crc32(bytes));
    return bytes;
  }

  /** The local header repeats the name and has a padding of its own. */
  async #dataOffset(record: ZipRecord): Promise<number> {
    const { name, headerOffset, size } = record;
    const end = headerOffset + LOCAL_HEADER_BYTES;
    const header = viewOf(await readBytes(this.#file, headerOffset, end));
    const data = end + header.getUint16(26, true) + header.getUint16(28, true);
    if (header.getUint32(0, true) === LOCAL_SIGNATURE && data + size <= this.#file.size)
      return data;
    throw checkpointError(
      `record ${quoted(name)} has no valid header at byte ${headerOffset}; the file is damaged, ` +
        'fetch it again',
    );
  }

  async #verify(record: ZipRecord, data: number): Promise<void> {
    let sum = 0;
    for (let at = 0; at < record.size; at += PIECE_BYTES) {
      const end = Math.min(at + PIECE_BYTES, record.size);
      sum = crc32(await readBytes(this.#file, data + at, data + end), sum);
    }
    this.#compare(record, sum);
  }

  #compare(record: ZipRecord, sum: number): void {
    if (sum !== record.crc) {
      throw checkpointError(
        `the checksum of record ${quoted(record.name)} differs from the one in the directory; ` +
          'the file is damaged, fetch it again',
      );
    }
    this.#verified.add(record);
  }
}
