import { SpikesegError } from '../errors.ts';
import type { ByteSource, Dtype } from './tensors.ts';

/** Bytes of one element, by stored type. */
export const ELEMENT_SIZE: Readonly<Record<Dtype, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

/** A file that is already in memory; `bytes` is borrowed and must not change while it is read. */
export function bytesSource(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    size: bytes.length,
    slice(start, end) {
      // A copy by construction: `slice` of a Node Buffer would be a view.
      return Promise.resolve(new Uint8Array(bytes.subarray(start, end)));
    },
  };
}

/** A picked, dropped or downloaded file; only the slices that are asked for are read. */
export function blobSource(name: string, blob: Blob): ByteSource {
  return {
    name,
    size: blob.size,
    async slice(start, end) {
      try {
        return new Uint8Array(await blob.slice(start, end).arrayBuffer());
      } catch (cause) {
        throw new SpikesegError(
          'integrity',
          `${name}: bytes ${start} to ${end} could not be read; the file was changed or removed ` +
            'after it was chosen, choose it again',
          { cause },
        );
      }
    },
  };
}

/**
 * Stored elements as f32. Exact for F32, F16, BF16 (subnormals, infinities and NaN payloads
 * included), BOOL and integers up to 2^24 in magnitude; else rounded to the nearest f32.
 *
 * - `bytes`: whole little-endian elements, any alignment; ownership passes to the result, which may share
 *   the memory of an aligned F32 array
 */
export function widenToF32(
  dtype: Dtype,
  bytes: Uint8Array<ArrayBuffer>,
): Float32Array<ArrayBuffer> {
  const size = ELEMENT_SIZE[dtype];
  const aligned = bytes.byteOffset % size === 0;
  const { buffer, byteOffset } = aligned ? bytes : new Uint8Array(bytes);
  const length = bytes.length / size;
  // Typed arrays read in the machine's order; every machine with WebGPU is little-endian.
  switch (dtype) {
    case 'F32':
      return new Float32Array(buffer, byteOffset, length);
    case 'F16':
      return widenBits(new Uint16Array(buffer, byteOffset, length), halfToFloatBits);
    case 'BF16':
      return widenBits(new Uint16Array(buffer, byteOffset, length), (bits) => bits << 16);
    case 'F64':
      return new Float32Array(new Float64Array(buffer, byteOffset, length));
    case 'I64':
      return Float32Array.from(new BigInt64Array(buffer, byteOffset, length), Number);
    case 'I32':
      return new Float32Array(new Int32Array(buffer, byteOffset, length));
    case 'I16':
      return new Float32Array(new Int16Array(buffer, byteOffset, length));
    case 'I8':
      return new Float32Array(new Int8Array(buffer, byteOffset, length));
    case 'U8':
    case 'BOOL':
      return new Float32Array(new Uint8Array(buffer, byteOffset, length));
  }
}

function widenBits(
  stored: Uint16Array,
  toFloatBits: (bits: number) => number,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(stored.length);
  // Written as integers: storing a float may change the payload of a NaN.
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < stored.length; i++) bits[i] = toFloatBits(stored[i] ?? 0);
  return values;
}

/** IEEE binary16 to binary32, bit patterns; as a signed integer where the sign bit is set. */
function halfToFloatBits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const magnitude = half & 0x7fff;
  if (magnitude >= 0x7c00) return sign | 0x7f800000 | ((magnitude & 0x3ff) << 13);
  if (magnitude >= 0x400) return sign | ((magnitude << 13) + (112 << 23));
  if (magnitude === 0) return sign;
  // Subnormal in binary16, normal in binary32: move the leading one to bit 10.
  const shift = Math.clz32(magnitude) - 21;
  return sign | ((113 - shift) << 23) | (((magnitude << shift) & 0x3ff) << 13);
}
