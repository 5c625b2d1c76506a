import { inflateSync } from 'node:zlib';

/** The indices of an 8-bit palette PNG without filters and with one IDAT, as the demo writes it. */
export function readPalettePng(png: Buffer): Uint8Array {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const [depth, colorType] = [png[24], png[25]];
  if (depth !== 8 || colorType !== 3) throw new TypeError(`depth ${depth}, type ${colorType}`);
  const start = png.indexOf('IDAT');
  const lines = inflateSync(png.subarray(start + 4, start + 4 + png.readUInt32BE(start - 4)));
  const labels = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const line = y * (width + 1);
    if (lines[line] !== 0) throw new TypeError(`line ${y} is filtered`);
    labels.set(lines.subarray(line + 1, line + 1 + width), y * width);
  }
  return labels;
}
