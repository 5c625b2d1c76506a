import { bytesSource } from '../../src/model/bytes.ts';
import type { ByteSource, Dtype } from '../../src/model/tensors.ts';

/** A safetensors file of any header text and data, well-formed or not. */
export function encodeFile(header: string | Uint8Array, data = new Uint8Array()): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + text.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  file.set(data, 8 + text.length);
  return file;
}

interface StoredTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView;
}

/** A valid file of the given tensors, one after the other. */
export function encodeSafetensors(tensors: readonly StoredTensor[]): ByteSource {
  const bytes: number[] = [];
  const header = tensors.map(({ name, dtype, shape, data }) => {
    const begin = bytes.length;
    for (const byte of new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
      bytes.push(byte);
    return [name, { dtype, shape, data_offsets: [begin, bytes.length] }];
  });
  const text = JSON.stringify(Object.fromEntries(header));
  return bytesSource('test.safetensors', encodeFile(text, Uint8Array.from(bytes)));
}
