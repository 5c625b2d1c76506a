import { ELEMENT_SIZE } from './bytes.ts';
import type { TensorInfo } from './tensors.ts';

/** How a safetensors file begins, and in which order its tensors follow. */
export interface SafetensorsLayout {
  /** Length and header, padded so that the data begin at a multiple of 8. */
  readonly head: Uint8Array<ArrayBuffer>;
  /** Names, in the order of the data. */
  readonly order: readonly string[];
  /** Of the whole file. */
  readonly bytes: number;
}

/**
 * Lays a safetensors file out. Wide elements come first, so that all are aligned.
 * @see https://github.com/huggingface/safetensors#format
 */
export function layOutSafetensors(tensors: ReadonlyMap<string, TensorInfo>): SafetensorsLayout {
  const sorted = [...tensors].sort(([, a], [, b]) => ELEMENT_SIZE[b.dtype] - ELEMENT_SIZE[a.dtype]);
  let end = 0;
  const entries = sorted.map(([name, { dtype, shape }]) => {
    const begin = end;
    end += shape.reduce((bytes, size) => bytes * size, ELEMENT_SIZE[dtype]);
    return [name, { dtype, shape, data_offsets: [begin, end] }] as const;
  });
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const length = Math.ceil(json.length / 8) * 8;
  const head = new Uint8Array(8 + length).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true);
  head.set(json, 8);
  return { head, order: sorted.map(([name]) => name), bytes: head.length + end };
}
