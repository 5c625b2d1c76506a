import { expect, test } from 'vitest';
import { widenToF32 } from '../../src/model/bytes.ts';
import { toHalfBits } from '../../src/model/half.ts';
import { random } from '../support/random.ts';

const every = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
const widened = widenToF32('F16', new Uint8Array(every.buffer.slice(0)));
const isFinite = (bits: number) => (bits & 0x7c00) !== 0x7c00;

test('every finite half comes back as it was', () => {
  const wrong = every.filter((bits) => isFinite(bits) && toHalfBits(widened[bits] ?? 0) !== bits);
  expect([...wrong]).toEqual([]);
});

test('values between two neighbours go to the nearer, ties to the even one', () => {
  const wrong: number[] = [];
  for (let bits = 0; isFinite(bits + 1); bits++) {
    const [low = 0, high = 0] = [widened[bits], widened[bits + 1]];
    const even = bits % 2 === 0 ? bits : bits + 1;
    // Quarters of the gap are exact in f32.
    const quarter = (high - low) / 4;
    const found = [low + quarter, low + 2 * quarter, low + 3 * quarter].map(toHalfBits);
    const negative = toHalfBits(-(low + 2 * quarter));
    if (`${found.join()},${negative}` !== `${bits},${even},${bits + 1},${0x8000 | even}`)
      wrong.push(bits);
  }
  expect(wrong).toEqual([]);
});

test('the nearest half is found for values of any size', () => {
  const next = random(3);
  for (let i = 0; i < 20_000; i++) {
    const value = Math.fround((next() - 0.5) * 2 ** (40 * next() - 28));
    const back = widened[toHalfBits(value)] ?? NaN;
    const spacing = Math.max(2 ** -24, 2 ** (Math.floor(Math.log2(Math.abs(value))) - 10));
    expect(Math.abs(back - value)).toBeLessThanOrEqual(spacing / 2);
  }
});

test.each([
  [65_519, 0x7bff],
  [65_520, 0x7c00],
  [-65_520, 0xfc00],
  [Infinity, 0x7c00],
  [-0, 0x8000],
  [2 ** -25, 0],
  [2 ** -25 + 2 ** -40, 1],
])('%d is %i', (value, bits) => {
  expect(toHalfBits(value)).toBe(bits);
});
