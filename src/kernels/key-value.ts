import source from '../../shaders/key-value.wgsl?raw';
import type { SpikeSlice } from './epilogue.ts';
import {
  TILE,
  bindDispatch,
  expectCapacity,
  packUniform,
  spikeBytes,
  type Dispatch,
  type KernelHost,
} from './kernel.ts';

const LANES = 32;

export interface KeyValueOptions {
  /** heads · d channels of a map of tokens. */
  readonly k: SpikeSlice;
  /** As many, of the same map. */
  readonly v: SpikeSlice;
  readonly heads: number;
  /** Add to the sums that are there. @defaultValue false */
  readonly accumulate?: boolean;
}

/** All borrowed. */
export interface KeyValueBuffers {
  /** Spike words. */
  readonly k: GPUBuffer;
  readonly v: GPUBuffer;
  /** i32[heads][d][d]. */
  readonly keyValue: GPUBuffer;
}

/**
 * KᵀV of each head, as exact integers: counts of D spikes over N pixels must keep N·D² below 2³¹.
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/key-value.wgsl, and src/reference/key-value.ts for the same on the CPU
 */
export async function createKeyValue(
  host: KernelHost,
  { k, v, heads, accumulate = false }: KeyValueOptions,
): Promise<(buffers: KeyValueBuffers) => Dispatch> {
  const pipeline = await host.pipeline({ name: 'key-value', source, constants: { LANES } });
  const width = k.channels / heads;
  const kStride = k.stride ?? k.channels;
  const vStride = v.stride ?? v.channels;
  const shape = host.uniform(
    'key-value',
    packUniform({
      tiles: k.height * Math.ceil(k.width / TILE),
      head_width: width,
      k_stride: kStride,
      k_offset: k.offset ?? 0,
      v_stride: vStride,
      v_offset: v.offset ?? 0,
      accumulate,
    }),
  );
  const blocks = Math.ceil(width / 4);
  return (buffers) => {
    expectCapacity('key-value: k', buffers.k, spikeBytes(k.height, k.width, kStride));
    expectCapacity('key-value: v', buffers.v, spikeBytes(v.height, v.width, vStride));
    expectCapacity('key-value: keyValue', buffers.keyValue, 4 * heads * width * width);
    const bindings = [shape, buffers.k, buffers.v, buffers.keyValue];
    return bindDispatch(host, pipeline, bindings, [blocks, blocks, heads]);
  };
}
