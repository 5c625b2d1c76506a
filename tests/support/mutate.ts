/** Bytes that mean something to ZIP files, pickles and little-endian integers. */
const TELLING = Uint8Array.from(
  '\x00\x01\x02\x04\x08\x7f\x80\xff' +
    // Opcodes of pickle, protocol 0 to 5
    '(.012BCDFGIJKLMNPQRSTUVXabcdeghijlopqrstu)]}' +
    '\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x90\x91\x92\x93\x94\x95\x96\x97\x98',
  (character) => character.charCodeAt(0),
);

/** A copy of `bytes` with one to four faults, as damage or malice make them. */
export function mutate(bytes: Uint8Array, other: Uint8Array, random: () => number): Uint8Array {
  const below = (limit: number) => Math.floor(random() * limit);
  let mutant = bytes;
  for (let faults = 1 + below(1 + below(4)); faults > 0; faults--) {
    const at = below(mutant.length + 1);
    const length = 1 + below(below(2) === 0 ? 4 : 64);
    const [head, rest, tail] = [
      mutant.subarray(0, at),
      mutant.subarray(at),
      mutant.subarray(at + length),
    ];
    const from = below(other.length);
    const faultsOfAKind: (() => Uint8Array[])[] = [
      () => [head, Uint8Array.of((mutant[at] ?? 0) ^ (1 << below(8))), mutant.subarray(at + 1)],
      () => [head, Uint8Array.of(TELLING[below(TELLING.length)] ?? 0), mutant.subarray(at + 1)],
      () => [head, Uint8Array.of(TELLING[below(TELLING.length)] ?? 0), rest],
      () => [head, new Uint8Array(length).fill(below(2) * 0xff), tail],
      () => [head, tail],
      () => [head, mutant.subarray(at, at + length), rest],
      () => [head, other.subarray(from, from + length), below(2) === 0 ? rest : tail],
      () => [head],
    ];
    // Cutting the file off hides what comes after: seldom.
    const kind = below(32) === 0 ? faultsOfAKind.length - 1 : below(faultsOfAKind.length - 1);
    mutant = concat(faultsOfAKind[kind]?.() ?? []);
  }
  return mutant;
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
