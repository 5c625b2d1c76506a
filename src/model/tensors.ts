/** What a weights file holds, whatever its format; the data stays in the file until it is read. */
export interface TensorSource {
  /** In file order. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /**
   * The values as f32, row-major, in a new array that the caller owns.
   * @throws SpikesegError `weights-invalid` or `checkpoint-invalid`: unknown name, unreadable data
   */
  read(name: string): Promise<Float32Array<ArrayBuffer>>;
}

export interface TensorInfo {
  /** Element type as stored, in safetensors' spelling. */
  readonly dtype: Dtype;
  /** Row-major; empty for a scalar. */
  readonly shape: readonly number[];
}

export type Dtype = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL';

/** A slice-readable file: a `Blob` or `File` in the page, a file handle or bytes in Node. */
export interface ByteSource {
  /** For messages. */
  readonly name: string;
  readonly size: number;
  /** Bytes [start, end), which lie inside the file; a new array that the caller owns. */
  slice(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}
