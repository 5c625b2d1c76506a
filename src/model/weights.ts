import { SpikesegError } from '../errors.ts';
import { checkTensors } from './check-tensors.ts';
import { quoted } from './describe.ts';
import { expectedTensors, type NetworkConfig } from './state-dict.ts';
import type { TensorSource } from './tensors.ts';

/** The checked weights of one network; values are read from their source when asked for. */
export class Weights {
  readonly #source: TensorSource;
  readonly #shapes: ReadonlyMap<string, readonly number[]>;

  /**
   * `source` is borrowed and must stay readable.
   * @throws SpikesegError `weights-invalid` if names or shapes are not those of `config`
   */
  constructor(source: TensorSource, config: NetworkConfig) {
    checkTensors(source, config);
    this.#source = source;
    this.#shapes = expectedTensors(config);
  }

  /** Row-major shape of an official tensor. */
  shape(name: string): readonly number[] {
    const shape = this.#shapes.get(name);
    if (shape !== undefined) return shape;
    throw new SpikesegError('internal', `the network has no tensor ${quoted(name)}`);
  }

  /**
   * The values of an official tensor as f32, row-major, in a new array that the caller owns.
   * @throws SpikesegError `weights-invalid`: a value that is not finite, or a negative variance
   */
  async read(name: string): Promise<Float32Array<ArrayBuffer>> {
    const length = this.shape(name).reduce((product, dimension) => product * dimension, 1);
    const values = await this.#source.read(name);
    if (values.length !== length) {
      const found = `tensor ${quoted(name)} gave ${values.length} values, expected ${length}`;
      throw new SpikesegError('weights-invalid', `${found}; fetch the file again`);
    }
    // A NaN would pass a neuron's clamp as silence, so nothing later would show it.
    refuseAt(name, values, indexOfNonFinite(values), 'a finite number');
    if (name.endsWith('.running_var')) {
      const negative = values.findIndex((value) => value < 0);
      refuseAt(name, values, negative, 'a variance of 0 or more');
    }
    return values;
  }
}

/** Flat index of the first NaN or infinity, found by its bits; -1 if all values are finite. */
export function indexOfNonFinite(values: Float32Array): number {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return bits.findIndex((word) => (word & 0x7f800000) === 0x7f800000);
}

function refuseAt(name: string, values: Float32Array, index: number, expected: string): void {
  if (index < 0) return;
  throw new SpikesegError(
    'weights-invalid',
    `tensor ${quoted(name)} has ${String(values[index])} at flat index ${index}, ` +
      `expected ${expected}; the weights are damaged or the training diverged, use others`,
  );
}
