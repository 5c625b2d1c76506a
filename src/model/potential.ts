import type { Operand, Output, SpikeConvOp, Tensor } from './graph.ts';
import type { MapShape, Size } from './shapes.ts';

export type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * An analog map while the graph is built. It remembers the layer that wrote it last, so that a
 * neuron on it joins that layer's epilogue, and the map itself is stored only if something else
 * reads it.
 */
export interface Potential {
  readonly tensor: Tensor;
  readonly shape: MapShape;
  /** Of the layer that wrote it; undefined if a neuron cannot join it. */
  readonly output?: Writable<Output> | undefined;
}

/** Neurons with memory: they fire once at most in a timestep, where they reach their threshold. */
export interface LeakyNeurons {
  readonly tau: number;
  /** Of the neuron layer of this name. */
  readonly threshold: (name: string) => number;
}

export interface GraphOptions {
  /** Store every membrane potential that fires, for inspection. @defaultValue false */
  readonly observe?: boolean;
  /** @defaultValue integer neurons, without memory */
  readonly leaky?: LeakyNeurons;
}

export interface LayerOptions {
  /** Of this many output channels. */
  readonly outputs: number;
  /** Add the current to this map, in place; the handle given is spent. */
  readonly onto?: Potential | undefined;
  readonly channelMajor?: boolean | undefined;
  /** @defaultValue what kernel and stride make of the input's */
  readonly size?: Size | undefined;
}

export interface ConvOptions extends LayerOptions {
  readonly weights: Operand;
  readonly bias: Operand;
  readonly stride?: 1 | 2;
  /** The last of the outputs that stand for nothing: they are there to make fours. @defaultValue 0 */
  readonly padding?: number | undefined;
}

export interface SpikeConvOptions
  extends ConvOptions, Pick<SpikeConvOp, 'kernel' | 'standsFor' | 'parts'> {
  /** Add this coarser map, upsampled bilinearly; only under a 1×1 kernel. */
  readonly coarse?: Potential | undefined;
}
