import { SpikesegError } from '../errors.ts';

/** Owns GPU buffers: counts what lives and frees it all at once. */
export class BufferPool {
  readonly #device: GPUDevice;
  readonly #live = new Set<GPUBuffer>();
  /** Of each new buffer, whether the GPU refused it. */
  readonly #answers: Promise<SpikesegError | undefined>[] = [];

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
   * A buffer of at least `bytes`, rounded up to whole words, all zero; the pool owns it. Whether the
   * GPU has room for it turns out later: {@link granted} tells.
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
    const before = this.bytes;
    this.#device.pushErrorScope('out-of-memory');
    const buffer = this.#device.createBuffer({ label, size, usage });
    const refused = this.#device.popErrorScope().then(
      (error) => (error ? refusal(label, size, before) : undefined),
      () => undefined, // a lost device is told elsewhere
    );
    this.#answers.push(refused);
    this.#live.add(buffer);
    return buffer;
  }

  /**
   * Waits until the GPU has granted all buffers, or refused one.
   * @throws SpikesegError `out-of-memory`, naming the first that was refused
   */
  async granted(): Promise<void> {
    const answers = await Promise.all(this.#answers.splice(0));
    const refused = answers.find((error) => error !== undefined);
    if (refused) throw refused;
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

function refusal(label: string, bytes: number, before: number): SpikesegError {
  return new SpikesegError(
    'out-of-memory',
    `the GPU has no room for ${label}, a buffer of ${bytes} bytes, beside ${before} bytes that were ` +
      'there before: use a smaller size, or close what else uses the GPU',
  );
}
