import type { BufferPool } from '../gpu/buffers.ts';
import { findNeuron } from '../model/find-neuron.ts';
import { tensorBytes, type Neuron, type Tensor } from '../model/graph.ts';
import { readCounts } from '../model/spike-words.ts';
import type { Program } from './program.ts';
import { Staging } from './readback.ts';

/** Keeps the spikes of chosen neuron layers for the CPU. Its buffer belongs to the pool. */
export class SpikeCopies {
  readonly #program: Program;
  readonly #neurons: readonly Neuron[];
  /** Where the words of a tensor are, in bytes. */
  readonly #places = new Map<Tensor, number>();
  readonly #staging: Staging;

  /** @throws SpikesegError `invalid-argument` if there is no layer of one of these names */
  constructor(pool: BufferPool, program: Program, names: readonly string[]) {
    this.#program = program;
    this.#neurons = [...new Set(names)].map((name) => findNeuron(program.graph, name));
    let bytes = 0;
    for (const { spikes } of this.#neurons) {
      if (this.#places.has(spikes.tensor)) continue;
      this.#places.set(spikes.tensor, bytes);
      bytes += tensorBytes(spikes.tensor);
    }
    this.#staging = new Staging(pool, 'spikes', bytes);
  }

  /** How to keep what was just fired, if a chosen layer is part of it. */
  keep(fired: Tensor): ((encoder: GPUCommandEncoder) => void) | undefined {
    const at = this.#places.get(fired);
    if (at === undefined) return undefined;
    const [buffer, bytes] = [this.#program.buffer(fired), tensorBytes(fired)];
    return (encoder) => this.#staging.copy(encoder, buffer, bytes, at);
  }

  /**
   * Waits for what was submitted.
   * @returns spike counts by layer, u8 [H][W][C]
   */
  async read(): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
    const all = await this.#staging.read();
    return new Map(
      this.#neurons.map((neuron) => {
        const { tensor } = neuron.spikes;
        const words = new Uint32Array(all, this.#places.get(tensor), tensorBytes(tensor) / 4);
        return [neuron.name, readCounts(words, { ...neuron, layout: 'channels-last' })];
      }),
    );
  }

  /** Frees its buffer. */
  destroy(): void {
    this.#staging.destroy();
  }
}
