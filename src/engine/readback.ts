import type { BufferPool } from '../gpu/buffers.ts';
import { patiently } from '../gpu/patience.ts';

const MAP_READ = 0x1;
const COPY_DST = 0x8;

/** A buffer that the CPU can read. `pool` owns it. */
export class Staging {
  readonly #pool: BufferPool;
  readonly #buffer: GPUBuffer;

  constructor(pool: BufferPool, label: string, bytes: number) {
    this.#pool = pool;
    this.#buffer = pool.create(label, bytes, MAP_READ | COPY_DST);
  }

  /** Records a copy of `bytes` of `source` to the byte offset `at`. */
  copy(encoder: GPUCommandEncoder, source: GPUBuffer, bytes: number, at = 0): void {
    encoder.copyBufferToBuffer(source, 0, this.#buffer, at, bytes);
  }

  /** Waits for what was submitted; the bytes are a copy that the caller owns. */
  async read(): Promise<ArrayBuffer> {
    await patiently(this.#buffer.mapAsync(MAP_READ));
    const bytes = this.#buffer.getMappedRange().slice(0);
    this.#buffer.unmap();
    return bytes;
  }

  /** Frees the buffer before its pool does. */
  destroy(): void {
    this.#pool.destroy(this.#buffer);
  }
}

/** The first `count` of every `stride` values, a new array. */
export function withoutPadding(values: Float32Array, stride: number, count: number) {
  const rows = values.length / stride;
  const kept = new Float32Array(rows * count);
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < count; i++) kept[row * count + i] = values[row * stride + i] ?? NaN;
  return kept;
}
