import { expect, test } from 'vitest';
import { blobSource, bytesSource, widenToF32 } from '../../src/model/bytes.ts';

const text = new TextEncoder().encode('0123456789');

test.each([
  ['bytesSource', bytesSource('digits', text)],
  ['blobSource', blobSource('digits', new Blob([text]))],
])('%s reads slices that its caller owns', async (_, file) => {
  expect([file.name, file.size]).toEqual(['digits', 10]);
  const slice = await file.slice(3, 6);
  expect(new TextDecoder().decode(slice)).toBe('345');
  slice.fill(0);
  expect(new TextDecoder().decode(await file.slice(0, 10))).toBe('0123456789');
});

test('a blob that cannot be read any more is an integrity error', async () => {
  const gone = new Blob([text]);
  gone.slice = () => {
    throw new DOMException('the file changed', 'NotReadableError');
  };
  await expect(blobSource('photo.bin', gone).slice(0, 4)).rejects.toMatchObject({
    code: 'integrity',
    message: expect.stringContaining('photo.bin') as string,
  });
});

/** IEEE binary16 by its definition. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 0x3ff) / 1024;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -14 : sign * (1 + fraction) * 2 ** (exponent - 15);
}

test('F16: all 65 536 values, subnormals, infinities, NaN and minus zero included', () => {
  const stored = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
  const values = widenToF32('F16', new Uint8Array(stored.buffer));
  const wrong = stored.findIndex((bits) => !Object.is(values[bits], half(bits)));
  expect(wrong).toBe(-1);
});

test('F16 and BF16 keep the payload of a NaN', () => {
  const bitsOf = (values: Float32Array) => new Uint32Array(values.buffer)[0];
  const signalling = (bits: number) => new Uint8Array(Uint16Array.of(bits).buffer);
  expect(bitsOf(widenToF32('F16', signalling(0xfc01)))).toBe(0xff802000);
  expect(bitsOf(widenToF32('BF16', signalling(0xff81)))).toBe(0xff810000);
});

test.each([
  ['F64', Float64Array.of(0.1, -1e-300, 1e300, NaN), [Math.fround(0.1), -0, Infinity, NaN]],
  ['F32', Float32Array.of(1.5, -0, 1e-45, Infinity), [1.5, -0, Math.fround(1e-45), Infinity]],
  ['BF16', Uint16Array.of(0x3f80, 0xc000, 0x0001, 0xff80), [1, -2, 2 ** -133, -Infinity]],
  ['I64', BigInt64Array.of(-3n, 2n ** 24n, 2n ** 62n), [-3, 2 ** 24, 2 ** 62]],
  ['I32', Int32Array.of(-7, 2 ** 24), [-7, 2 ** 24]],
  ['I16', Int16Array.of(-32_768, 5), [-32_768, 5]],
  ['I8', Int8Array.of(-128, 127), [-128, 127]],
  ['U8', Uint8Array.of(0, 255), [0, 255]],
  ['BOOL', Uint8Array.of(0, 1), [0, 1]],
] as const)('%s widens to f32, from any alignment', (dtype, stored, expected) => {
  const bytes = new Uint8Array(stored.buffer);
  const unaligned = new Uint8Array(bytes.length + 1);
  unaligned.set(bytes, 1);
  expect([...widenToF32(dtype, unaligned.subarray(1))]).toEqual(expected);
  expect([...widenToF32(dtype, bytes)]).toEqual(expected);
});
