/** Largest magnitude that rounds to a finite binary16. */
const OVERFLOW = 65_520;

const word = new DataView(new ArrayBuffer(4));

/** IEEE binary16 nearest to a value, ties to even, as its bits; infinite from 65520 on. */
export function toHalfBits(value: number): number {
  word.setFloat32(0, value);
  const bits = word.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = Math.abs(value);
  if (magnitude >= OVERFLOW) return sign | 0x7c00;
  // Subnormal: a multiple of 2^-24, and rounding up may carry into the first normal number.
  if (magnitude < 2 ** -14) return sign | roundHalfEven(magnitude * 2 ** 24);
  // Dropping 13 bits of the significand; a carry goes into the exponent, as it should.
  const rebased = (bits & 0x7fffffff) - (112 << 23);
  const kept = rebased >>> 13;
  const dropped = rebased & 0x1fff;
  const up = dropped > 0x1000 || (dropped === 0x1000 && (kept & 1) === 1);
  return sign | (kept + Number(up));
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
