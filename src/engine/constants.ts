import { STORAGE, UNIFORM, type BufferPool } from '../gpu/buffers.ts';
import { SpikesegError, throwIfAborted } from '../errors.ts';
import { constantBytes, type Constant, type Graph, type ReadWeights } from '../model/graph.ts';

/**
 * The model's constants on the GPU. Graphs of other picture sizes share them: only what is new is
 * made and uploaded. The pool owns the buffers.
 */
export class ConstantStore {
  readonly #pool: BufferPool;
  readonly #buffers = new Map<string, GPUBuffer>();

  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  /**
   * Makes what `graph` needs, one group after another, so that only one is in memory.
   * @throws SpikesegError `weights-invalid`, `checkpoint-invalid`, `out-of-memory`, `aborted`
   */
  async load(
    graph: Graph,
    read: ReadWeights,
    {
      signal,
      onBytes,
    }: { signal?: AbortSignal | undefined; onBytes?: (bytes: number) => void } = {},
  ): Promise<void> {
    let uploaded = 0;
    for (const group of graph.constants) {
      throwIfAborted(signal);
      if (!group.constants.every((constant) => this.#buffers.has(constant.label))) {
        const arrays = await group.load(read);
        const uploads = group.constants.map((constant, i) => {
          const data = arrays[i];
          if (data?.byteLength !== constant.bytes) {
            throw new SpikesegError(
              'internal',
              `constant ${constant.label}: got ${data?.byteLength ?? 0} bytes, expected ${constant.bytes}`,
            );
          }
          return [constant.label, this.#upload(constant, data)] as const;
        });
        await this.#pool.granted();
        for (const [label, buffer] of uploads) this.#buffers.set(label, buffer);
      }
      for (const { bytes } of group.constants) uploaded += bytes;
      onBytes?.(uploaded);
    }
  }

  buffer(constant: Constant): GPUBuffer {
    const buffer = this.#buffers.get(constant.label);
    if (buffer) return buffer;
    throw new SpikesegError('internal', `constant ${constant.label} was not loaded`);
  }

  #upload(constant: Constant, data: Float32Array<ArrayBuffer>): GPUBuffer {
    const known = this.#buffers.get(constant.label);
    if (known) return known;
    const usage = constant.uniform ? STORAGE | UNIFORM : STORAGE;
    return this.#pool.upload(constant.label, data, constantBytes(constant), usage);
  }
}
