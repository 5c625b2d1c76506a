import { crc32 } from '../../src/model/checkpoint/crc32.ts';
import type { ByteSource } from '../../src/model/tensors.ts';
import { concat } from './mutate.ts';

type Field = readonly [bytes: number, value: number];

const utf8 = new TextEncoder();

/** A ZIP archive of stored records, well-formed: local headers, data, directory, end. */
export function storedZip(records: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [name, data] of records) {
    const local = concat([localHeader(name, data), data]);
    directory.push(entry(name, data, data.length, [4, offset], new Uint8Array()));
    parts.push(local);
    offset += local.length;
  }
  const entries = concat(directory);
  return concat([...parts, entries, end(records.size, [4, entries.length], [4, offset])]);
}

/** The archive of `records` with one more behind `gap` bytes that no one wrote, as ZIP64 places it. */
export function zipWithGap(
  records: ReadonlyMap<string, Uint8Array>,
  gap: number,
  name: string,
  data: Uint8Array,
): ByteSource {
  const front = [...records].map(([key, bytes]) => concat([localHeader(key, bytes), bytes]));
  let offset = 0;
  const entries = [...records].map(([key, bytes], i) => {
    const place = entry(key, bytes, bytes.length, [4, offset], new Uint8Array());
    offset += front[i]?.length ?? 0;
    return place;
  });
  const head = concat(front);
  const farOffset = head.length + gap;
  const far = concat([localHeader(name, data), data]);
  const extra = fields([2, 1], [2, 24], [8, data.length], [8, data.length], [8, farOffset]);
  const directory = concat([...entries, entry(name, data, 0xffffffff, [4, 0xffffffff], extra)]);
  const directoryStart = farOffset + far.length;
  const count = records.size + 1;
  const end64 = fields(
    ...([
      [4, 0x06064b50],
      [8, 44],
      [2, 45],
      [2, 45],
      [4, 0],
      [4, 0],
    ] as const),
    ...([
      [8, count],
      [8, count],
      [8, directory.length],
      [8, directoryStart],
    ] as const),
  );
  const locator = fields([4, 0x07064b50], [4, 0], [8, directoryStart + directory.length], [4, 1]);
  const back = concat([
    far,
    directory,
    end64,
    locator,
    end(0xffff, [4, 0xffffffff], [4, 0xffffffff]),
  ]);
  return {
    name: 'large.pth',
    size: farOffset + back.length,
    slice(from, to) {
      const bytes = new Uint8Array(to - from);
      for (const [start, part] of [
        [0, head],
        [farOffset, back],
      ] as const) {
        const [first, last] = [Math.max(from, start), Math.min(to, start + part.length)];
        if (first < last) bytes.set(part.subarray(first - start, last - start), first - from);
      }
      return Promise.resolve(bytes);
    },
  };
}

const COMMON: readonly Field[] = [
  ...([
    [2, 20],
    [2, 0],
    [2, 0],
    [2, 0],
    [2, 0],
  ] as const), // version, flags, method, time, date
];

function localHeader(name: string, data: Uint8Array): Uint8Array {
  const text = utf8.encode(name);
  const sizes: Field[] = [
    [4, data.length],
    [4, data.length],
    [2, text.length],
    [2, 0],
  ];
  return concat([fields([4, 0x04034b50], ...COMMON, [4, crc32(data)], ...sizes), text]);
}

function entry(name: string, data: Uint8Array, size: number, offset: Field, extra: Uint8Array) {
  const text = utf8.encode(name);
  const sizes: Field[] = [
    [4, size],
    [4, size],
    [2, text.length],
    [2, extra.length],
  ];
  const rest: Field[] = [[2, 0], [2, 0], [2, 0], [4, 0], offset]; // comment, disk, attributes
  const common = fields([4, 0x02014b50], [2, 20], ...COMMON, [4, crc32(data)], ...sizes, ...rest);
  return concat([common, text, extra]);
}

function end(count: number, size: Field, offset: Field): Uint8Array {
  return fields([4, 0x06054b50], [4, 0], [2, count], [2, count], size, offset, [2, 0]);
}

/** Little-endian integers. */
function fields(...values: readonly Field[]): Uint8Array {
  const bytes: number[] = [];
  for (const [size, value] of values) {
    for (let i = 0; i < size; i++) bytes.push(Math.floor(value / 256 ** i) % 256);
  }
  return new Uint8Array(bytes);
}
