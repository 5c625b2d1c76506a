import { rgb } from './palette.ts';

const SIGNATURE = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);
const PALETTE_COLOR_TYPE = 3;

/**
 * A palette PNG: every pixel keeps its class index, and viewers show the colours. A canvas cannot
 * write one.
 * @param labels - row-major, width × height, below `colors.length`
 * @param colors - `#rrggbb`, at most 256
 * @see https://www.w3.org/TR/png-3/
 */
export async function encodePalettePng(
  width: number,
  height: number,
  labels: Uint8Array,
  colors: readonly string[],
): Promise<Blob> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, PALETTE_COLOR_TYPE, 0, 0, 0], 8);
  const palette = Uint8Array.from(colors.flatMap((color) => [...rgb(color)]));
  const data = await deflate(scanlines(width, height, labels));
  const chunks = [
    chunk('IHDR', header),
    chunk('PLTE', palette),
    chunk('IDAT', data),
    chunk('IEND', new Uint8Array()),
  ];
  return new Blob([SIGNATURE, ...chunks], { type: 'image/png' });
}

/** The rows, each after a byte that says: not filtered. */
function scanlines(width: number, height: number, labels: Uint8Array): Uint8Array<ArrayBuffer> {
  const lines = new Uint8Array((width + 1) * height);
  for (let y = 0; y < height; y++) {
    lines.set(labels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  }
  return lines;
}

/** PNG wants the zlib format, which the streams API calls "deflate". */
async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Length, type, data, and a checksum over type and data. */
function chunk(type: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crc32(bytes.subarray(4, data.length + 8)));
  return bytes;
}

function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
