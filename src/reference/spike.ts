import type { Shape } from './maps.ts';
import { fire } from './rounding.ts';

/** A neuron on its own; see shaders/spike.wgsl. */
export interface Spike {
  readonly levels: number;
  readonly channelMajor?: boolean;
  /** f32[rows][C], repeated over the pixels. */
  readonly offset?: Float32Array;
  readonly gate?: boolean;
}

/**
 * CPU twin of shaders/spike.wgsl. Returns the potential that fired, in the layout of `membrane`, and
 * the counts [H][W][C]. A gated neuron fires here by its definition: on the sigmoid, in f32.
 */
export function spike(membrane: Float32Array, shape: Shape, neuron: Spike) {
  const { channels } = shape;
  const pixels = shape.height * shape.width;
  const { offset, channelMajor = false, gate = false } = neuron;
  const potential = new Float32Array(membrane.length);
  const fired = new Uint8Array(membrane.length);
  for (let n = 0; n < pixels; n++)
    for (let c = 0; c < channels; c++) {
      const i = n * channels + c;
      const at = channelMajor ? c * pixels + n : i;
      let v = membrane[at] ?? NaN;
      if (offset) v = Math.fround(v + (offset[i % offset.length] ?? NaN));
      if (gate) v = sigmoid(v);
      potential[at] = v;
      fired[i] = fire(v, neuron.levels);
    }
  return { potential, fired };
}

function sigmoid(x: number): number {
  return Math.fround(1 / Math.fround(1 + Math.fround(Math.exp(-x))));
}
