import { SpikesegError } from '../errors.ts';

/** Owns GPU buffers: counts what lives and frees it all at once. */
export class BufferPool {
  readonly #device: GPUDevice;
  readonly #live = new Set<GPUBuffer>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Buffers that have been created and not destroyed. */
  get count(): number {
    return this.#live.size;
  }

  /** Their sizes, summed. */
  get bytes(): number {
    let sum = 0;
    for (const buffer of this.#live) sum += buffer.size;
    return sum;
  }

  /**
   * A buffer of at least `bytes`, rounded up to whole words, all zero; the pool owns it.
   * @throws SpikesegError `out-of-memory` if it is larger than the device allows
   */
  create(label: string, bytes: number, usage: GPUBufferUsageFlags): GPUBuffer {
    const size = Math.max(4, Math.ceil(bytes / 4) * 4);
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#device.limits;
    const limit =
      usage & GPUBufferUsage.STORAGE
        ? Math.min(maxBufferSize, maxStorageBufferBindingSize)
        : maxBufferSize;
    if (size > limit) {
      throw new SpikesegError(
        'out-of-memory',
        `${label} needs a buffer of ${size} bytes, but this GPU allows ${limit}: use a smaller size`,
      );
    }
    const buffer = this.#device.createBuffer({ label, size, usage });
    this.#live.add(buffer);
    return buffer;
  }

  /** A storage buffer that begins with `data`; its `usage` may be widened. */
  upload(
    label: string,
    data: ArrayBufferView<ArrayBuffer>,
    bytes = data.byteLength,
    usage = STORAGE,
  ): GPUBuffer {
    const buffer = this.create(label, bytes, usage);
    this.#device.queue.writeBuffer(buffer, 0, data);
    return buffer;
  }

  /** Frees `buffer`; again, or for a buffer of another pool, does nothing. */
  destroy(buffer: GPUBuffer): void {
    if (this.#live.delete(buffer)) buffer.destroy();
  }

  destroyAll(): void {
    for (const buffer of this.#live) buffer.destroy();
    this.#live.clear();
  }
}

/** Usage of a buffer that kernels read as uniform memory. */
export const UNIFORM = 0x40 | 0x08; // UNIFORM | COPY_DST

/** Usage of a buffer that kernels read or write and that may be copied either way. */
export const STORAGE = 0x80 | 0x04 | 0x08; // STORAGE | COPY_SRC | COPY_DST, no global at import time
