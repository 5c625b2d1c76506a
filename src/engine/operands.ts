import type { Epilogue, LayerBuffers, SpikeSlice } from '../kernels/epilogue.ts';
import {
  isTensor,
  type LayerOp,
  type Operand,
  type Output,
  type Slice,
  type SpikeConvOp,
} from '../model/graph.ts';

/** The buffer of a tensor or constant. */
export type BufferOf = (operand: Operand) => GPUBuffer;

/** Channels of a spike tensor, as kernels read them. */
export function slice({ tensor, offset, channels }: Slice): SpikeSlice {
  const { height, width, channels: stride } = tensor.shape;
  return { height, width, channels, stride, offset };
}

/** Of two layers side by side, the first output of the second. */
export function secondFrom({ parts }: SpikeConvOp): number | undefined {
  return parts?.[0].outputs;
}

/** Whether the weights of a layer lie where they can be bound as uniform memory. */
export function uniform({ weights }: LayerOp): boolean {
  return !isTensor(weights) && weights.uniform;
}

/** What a layer does with its current; its neuron fires up to `levels` spikes. */
export function epilogue(
  { accumulate, store, channelMajor, fired }: Output,
  levels: number,
): Epilogue {
  return { accumulate, store, channelMajor, levels: fired && levels };
}

/** All that a layer reads and writes. */
export function layerBuffers(
  { input, weights, bias, output }: LayerOp,
  buffer: BufferOf,
): LayerBuffers {
  return {
    input: buffer('tensor' in input ? input.tensor : input),
    weights: buffer(weights),
    bias: buffer(bias),
    ...outputBuffers(output, buffer),
  };
}

/** What it writes. */
export function outputBuffers({ store, accumulate, membrane, fired }: Output, buffer: BufferOf) {
  return {
    membrane: store || accumulate ? buffer(membrane) : undefined,
    fired: fired && buffer(fired),
  };
}
