import { crc32, deflateSync } from 'node:zlib';
import { SpikesegError } from '../errors.ts';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const GREYSCALE = 0;
const INDEXED = 3;
const LARGEST_PALETTE = 256;

export interface LabelMap {
  readonly width: number;
  readonly height: number;
  /** Class of every pixel, row-major. */
  readonly labels: Uint8Array | Uint16Array;
}

/**
 * A label map as PNG whose sample values are the labels: 8-bit indexed, with the classes' colours as
 * its palette; 16-bit greyscale above 256 classes.
 *
 * - `colors`: `#rrggbb` of each class
 *
 * @throws SpikesegError `internal` for a label without a class
 * @see https://www.w3.org/TR/png-3/
 */
export function encodeLabels(
  { width, height, labels }: LabelMap,
  colors: readonly string[],
): Buffer {
  const beyond = labels.find((label) => label >= colors.length);
  if (beyond !== undefined || labels.length !== width * height) {
    throw new SpikesegError(
      'internal',
      `a label map of ${width} × ${height} and ${colors.length} classes cannot hold ` +
        `${labels.length} labels up to ${beyond ?? colors.length - 1}`,
    );
  }
  const indexed = colors.length <= LARGEST_PALETTE;
  const samples = indexed
    ? Buffer.from(labels)
    : Buffer.from(Uint16Array.from(labels).buffer).swap16();
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = indexed ? 8 : 16;
  header[9] = indexed ? INDEXED : GREYSCALE;
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    ...(indexed ? [chunk('PLTE', Buffer.from(colors.map((c) => c.slice(1)).join(''), 'hex'))] : []),
    chunk('IDAT', deflateSync(scanlines(samples, height), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Rows of samples, each after the byte that says that it is not filtered. */
function scanlines(samples: Buffer, height: number): Buffer {
  const pitch = samples.length / height;
  const rows = Array.from({ length: height }, (_, y) => [
    Buffer.alloc(1),
    samples.subarray(y * pitch, (y + 1) * pitch),
  ]);
  return Buffer.concat(rows.flat());
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), 4 + body.length);
  return framed;
}
