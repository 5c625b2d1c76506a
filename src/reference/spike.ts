import type { Shape } from './maps.ts';
import { fire } from './rounding.ts';

/** A neuron on its own; see shaders/spike.wgsl. */
export interface Spike {
  readonly levels: number;
  readonly channelMajor?: boolean;
  /** f32[rows][C], repeated over the pixels. */
  readonly offset?: Float32Array;
  readonly gate?: boolean;
  /** With the offset, and without it into as many channels again; not if channel major. */
  readonly twice?: boolean;
}

/**
 * CPU twin of shaders/spike.wgsl. Returns the potential that fired, in the layout of `membrane`, and
 * the counts [H][W][F]. A gated neuron fires here by its definition: on the sigmoid, in f32.
 */
export function spike(membrane: Float32Array, shape: Shape, neuron: Spike) {
  const { channels } = shape;
  const pixels = shape.height * shape.width;
  const { offset, channelMajor = false, gate = false, twice = false } = neuron;
  const outputs = twice ? 2 * channels : channels;
  const potential = new Float32Array(pixels * outputs);
  const fired = new Uint8Array(pixels * outputs);
  for (let n = 0; n < pixels; n++)
    for (let f = 0; f < outputs; f++) {
      const i = n * channels + (f % channels);
      let v = membrane[channelMajor ? f * pixels + n : i] ?? NaN;
      if (offset && f < channels) v = Math.fround(v + (offset[i % offset.length] ?? NaN));
      if (gate) v = sigmoid(v);
      potential[channelMajor ? f * pixels + n : n * outputs + f] = v;
      fired[n * outputs + f] = fire(v, neuron.levels);
    }
  return { potential, fired };
}

function sigmoid(x: number): number {
  return Math.fround(1 / Math.fround(1 + Math.fround(Math.exp(-x))));
}
