import source from '../../shaders/attention.wgsl?raw';
import type { SpikeSlice } from './epilogue.ts';
import { quadGrid } from './grid.ts';
import {
  bindDispatch,
  expectCapacity,
  packUniform,
  spikeBytes,
  type Dispatch,
  type KernelHost,
} from './kernel.ts';

export interface AttentionOptions {
  /** heads · d channels of a map of tokens. */
  readonly q: SpikeSlice;
  readonly heads: number;
  /** Of an integer sum: the attention's own scale times the 1/D of q, k and v. */
  readonly scale: number;
  /** D of the neuron. */
  readonly levels: number;
  /** Write the potential that fired. @defaultValue false */
  readonly store?: boolean;
}

/** All borrowed. */
export interface AttentionBuffers {
  /** Spike words. */
  readonly q: GPUBuffer;
  /** i32[heads][d][d], from key-value. */
  readonly keyValue: GPUBuffer;
  /** f32 [H][W][channels]; needed to store. */
  readonly potential?: GPUBuffer | undefined;
  /** Spike words. */
  readonly fired: GPUBuffer;
}

/**
 * q (kᵀ v) · scale and the neuron behind it. Sums must stay below 2³¹.
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/attention.wgsl, and src/reference/attention.ts for the same on the CPU
 */
export async function createAttention(
  host: KernelHost,
  { q, heads, scale, levels, store = false }: AttentionOptions,
): Promise<(buffers: AttentionBuffers) => Dispatch> {
  const { height, width, channels, stride = channels, offset = 0 } = q;
  const headWidth = channels / heads;
  // The grid counts groups of 4 channels, and no group crosses a head.
  const grid = quadGrid(host, { height, width, channels: 4 * heads * Math.ceil(headWidth / 4) });
  const pipeline = await host.pipeline({ name: 'attention', source });
  const shape = host.uniform(
    'attention',
    packUniform({
      height,
      width,
      heads,
      head_width: headWidth,
      q_stride: stride,
      q_offset: offset,
      scale: { f32: scale },
      levels: { f32: levels },
      store,
    }),
  );
  return ({ q: spikes, keyValue, potential = host.absent.write, fired }) => {
    expectCapacity('attention: q', spikes, spikeBytes(height, width, stride));
    expectCapacity('attention: keyValue', keyValue, 4 * channels * headWidth);
    expectCapacity('attention: potential', potential, store ? 4 * height * width * channels : 0);
    expectCapacity('attention: fired', fired, spikeBytes(height, width, channels));
    return bindDispatch(host, pipeline, [shape, spikes, keyValue, potential, fired], grid);
  };
}
