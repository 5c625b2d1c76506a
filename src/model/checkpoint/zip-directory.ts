import { quoted } from '../describe.ts';
import type { ByteSource } from '../tensors.ts';
import { type Budget, COST } from './budget.ts';
import { checkpointError } from './error.ts';
import { readBytes, viewOf } from './slices.ts';

/** Where a file inside the archive is, as the central directory says. */
export interface ZipRecord {
  readonly name: string;
  /** Of its local header; the data comes after it. */
  readonly headerOffset: number;
  /** As stored; the same unpacked if `method` is 0. */
  readonly size: number;
  /** Of compression; 0 is none. */
  readonly method: number;
  readonly crc: number;
}

export const LOCAL_HEADER_BYTES = 30;

const ENTRY_SIGNATURE = 0x02014b50;
const ENTRY_BYTES = 46;
const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const MAX_COMMENT = 0xffff;
const LOCATOR_SIGNATURE = 0x07064b50;
const LOCATOR_BYTES = 20;
const END64_SIGNATURE = 0x06064b50;
const END64_BYTES = 56;
const ZIP64_FIELD = 0x0001;
/** Says that the real number is in the ZIP64 field. */
const IN_ZIP64 = 0xffffffff;
const ENCRYPTED = 0x0001;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

interface DirectoryPlace {
  readonly start: number;
  readonly size: number;
  readonly entries: number;
}

/**
 * Reads the directory at the end of a ZIP file and checks every record against the file.
 *
 * @throws SpikesegError `checkpoint-invalid` naming the record
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export async function readZipDirectory(
  file: ByteSource,
  budget: Budget,
): Promise<Map<string, ZipRecord>> {
  const place = await findDirectory(file);
  budget.spend(place.size);
  const bytes = await readBytes(file, place.start, place.start + place.size);
  const records = new Map<string, ZipRecord>();
  let position = 0;
  for (let i = 0; i < place.entries; i++) {
    const entry = parseEntry(bytes.subarray(position), i, place);
    position += entry.length;
    const { record } = entry;
    if (records.has(record.name)) {
      throw checkpointError(
        `it has a duplicate record ${quoted(record.name)}, so that readers disagree on what is in ` +
          'it; do not trust the file',
      );
    }
    budget.spend(COST.record + 2 * record.name.length);
    records.set(record.name, record);
  }
  if (position !== place.size) throw wrongDirectory(`has ${place.size - position} bytes too many`);
  return records;
}

async function findDirectory(file: ByteSource): Promise<DirectoryPlace> {
  const tailStart = Math.max(0, file.size - END_BYTES - MAX_COMMENT);
  const tail = viewOf(await readBytes(file, tailStart, file.size));
  const end = endOffset(tail);
  if (end === undefined) {
    throw checkpointError(
      'it begins as a ZIP archive but has no central directory at its end: the file is truncated, ' +
        'fetch it again',
    );
  }
  const place = (await findDirectory64(file, tailStart + end)) ?? {
    start: tail.getUint32(end + 16, true),
    size: tail.getUint32(end + 12, true),
    entries: tail.getUint16(end + 10, true),
    limit: tailStart + end,
  };
  if (place.start + place.size > place.limit) {
    throw wrongDirectory(`claims bytes ${place.start} to ${place.start + place.size}`);
  }
  if (place.entries * ENTRY_BYTES > place.size) {
    throw wrongDirectory(`announces ${place.entries} records in ${place.size} bytes`);
  }
  return place;
}

/** The last signature whose comment ends with the file. */
function endOffset(tail: DataView): number | undefined {
  for (let at = tail.byteLength - END_BYTES; at >= 0; at--) {
    if (tail.getUint32(at, true) !== END_SIGNATURE) continue;
    if (at + END_BYTES + tail.getUint16(at + 20, true) === tail.byteLength) return at;
  }
  return undefined;
}

/** PyTorch writes the 64-bit form whatever the size. */
async function findDirectory64(file: ByteSource, end: number) {
  const locatorStart = end - LOCATOR_BYTES;
  if (locatorStart < END64_BYTES) return undefined;
  const locator = viewOf(await readBytes(file, locatorStart, end));
  if (locator.getUint32(0, true) !== LOCATOR_SIGNATURE) return undefined;
  const limit = u64(locator, 8);
  if (limit > locatorStart - END64_BYTES) throw wrongDirectory(`is located at byte ${limit}`);
  const end64 = viewOf(await readBytes(file, limit, limit + END64_BYTES));
  if (end64.getUint32(0, true) !== END64_SIGNATURE) throw wrongDirectory('has no ZIP64 record');
  return { entries: u64(end64, 32), size: u64(end64, 40), start: u64(end64, 48), limit };
}

function parseEntry(bytes: Uint8Array, index: number, directory: DirectoryPlace) {
  const entry = viewOf(bytes);
  if (entry.byteLength < ENTRY_BYTES || entry.getUint32(0, true) !== ENTRY_SIGNATURE) {
    throw wrongDirectory(`announces ${directory.entries} records, only ${index} exist`);
  }
  const nameEnd = ENTRY_BYTES + entry.getUint16(28, true);
  const extraEnd = nameEnd + entry.getUint16(30, true);
  const length = extraEnd + entry.getUint16(32, true);
  if (length > bytes.length) throw wrongDirectory(`is cut short in record ${index}`);
  const name = recordName(bytes.subarray(ENTRY_BYTES, nameEnd), index);
  const refuse = (problem: string) => checkpointError(`record ${quoted(name)} ${problem}`);

  if (entry.getUint16(8, true) & ENCRYPTED) throw refuse('is encrypted; decrypt it first');

  const { size, unpackedSize, headerOffset } = placeOf(entry, nameEnd, extraEnd);
  const method = entry.getUint16(10, true);
  if (method === 0 && unpackedSize !== size) {
    throw refuse(`has two sizes, ${size} and ${unpackedSize}; the file is damaged, fetch it again`);
  }
  const room = directory.start - headerOffset - LOCAL_HEADER_BYTES;
  if (room < 0) {
    const found = `has the offset ${headerOffset}, expected one before byte ${directory.start}`;
    throw refuse(`${found}; the file is damaged, fetch it again`);
  }
  if (size > room) {
    const found = `has a size of ${size} bytes, the file has room for ${room}`;
    throw refuse(`${found}; it is truncated or damaged, fetch it again`);
  }
  const record: ZipRecord = { name, headerOffset, size, method, crc: entry.getUint32(16, true) };
  return { record, length };
}

function recordName(bytes: Uint8Array, index: number): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw checkpointError(
      `the name of record ${index} is not valid utf-8; the file is damaged, fetch it again`,
      { cause },
    );
  }
}

/** Sizes and offset; numbers that do not fit 32 bits are in the ZIP64 field, in this order. */
function placeOf(entry: DataView, extraStart: number, extraEnd: number) {
  let at = zip64Field(entry, extraStart, extraEnd);
  const widen = (short: number) => {
    if (short !== IN_ZIP64 || at + 8 > extraEnd) return short;
    at += 8;
    return u64(entry, at - 8);
  };
  const unpackedSize = widen(entry.getUint32(24, true));
  const size = widen(entry.getUint32(20, true));
  const headerOffset = widen(entry.getUint32(42, true));
  return { size, unpackedSize, headerOffset };
}

/** Where the contents of the ZIP64 field begin; the end if there is none. */
function zip64Field(entry: DataView, start: number, end: number): number {
  for (let at = start; at + 4 <= end; at += 4 + entry.getUint16(at + 2, true)) {
    if (entry.getUint16(at, true) === ZIP64_FIELD) return at + 4;
  }
  return end;
}

/** Rounded beyond 2^53, where no file reaches. */
function u64(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function wrongDirectory(problem: string) {
  return checkpointError(
    `the central directory ${problem}; the file is truncated or damaged, fetch it again`,
  );
}
