import { crc32 } from '../../src/model/checkpoint/crc32.ts';
import { concat } from './mutate.ts';

const utf8 = new TextEncoder();

/** A ZIP archive of stored records, well-formed: local headers, data, directory, end. */
export function storedZip(records: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [name, data] of records) {
    const text = utf8.encode(name);
    const [method, time, date] = [0, 0, 0];
    const common = fields([2, 20], [2, 0], [2, method], [2, time], [2, date], [4, crc32(data)]);
    const sizes = fields([4, data.length], [4, data.length], [2, text.length], [2, 0]);
    directory.push(fields([4, 0x02014b50], [2, 20]), common, sizes);
    directory.push(fields([2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), text);
    const local = [fields([4, 0x04034b50]), common, sizes, text, data];
    parts.push(...local);
    offset += byteLength(local);
  }
  const [count, size] = [records.size, byteLength(directory)];
  const end = fields(
    [4, 0x06054b50],
    [4, 0],
    [2, count],
    [2, count],
    [4, size],
    [4, offset],
    [2, 0],
  );
  return concat([...parts, ...directory, end]);
}

/** Little-endian integers as [bytes, value]. */
function fields(...values: readonly (readonly [number, number])[]): Uint8Array {
  const bytes: number[] = [];
  for (const [size, value] of values) {
    for (let shift = 0; shift < 8 * size; shift += 8) bytes.push((value >>> shift) & 0xff);
  }
  return new Uint8Array(bytes);
}

function byteLength(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
