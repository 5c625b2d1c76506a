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
  /** D: the neuron fires 0..D spikes, and `fired` is written. Absent: no neuron here. */
  readonly levels?: number | undefined;
  /** Write the membrane potential. @defaultValue false */
  readonly store?: boolean | undefined;
  /** Add to the membrane potential that is there. @defaultValue false */
  readonly accumulate?: boolean | undefined;
}

/** All borrowed. */
export interface AttentionBuffers {
  /** Spike words. */
  readonly q: GPUBuffer;
  /** i32[heads][d][d], from key-value. */
  readonly keyValue: GPUBuffer;
  /** f32 [H][W][channels]; needed to store or accumulate. */
  readonly membrane?: GPUBuffer | undefined;
  /** Spike words; needed to fire. */
  readonly fired?: GPUBuffer | undefined;
}

/**
 * q (kᵀ v) · scale and the neuron behind it. Sums must stay below 2³¹.
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/attention.wgsl, and src/reference/attention.ts for the same on the CPU
 */
export async function createAttention(
  host: KernelHost,
  { q, heads, scale, levels, store = false, accumulate = false }: AttentionOptions,
): Promise<(buffers: AttentionBuffers) => Dispatch> {
  const { height, width, channels, stride = channels, offset = 0 } = q;
  const headWidth = channels / heads;
  // The grid counts groups of 4 channels, and no group crosses a head.
  const grid = quadGrid(host, { height, width, channels: 4 * heads * Math.ceil(headWidth / 4) });
  const pipeline = await host.pipeline({
    name: 'attention',
    source,
    constants: { LANES: host.lanes, MEMBRANE: Number(store || accumulate) },
  });
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
      levels: { levels: levels ?? 0 },
      accumulate,
      store,
      fire: levels !== undefined,
    }),
  );
  const bytes = store || accumulate ? 4 * height * width * channels : 0;
  const firedBytes = levels === undefined ? 0 : spikeBytes(height, width, channels);
  const { write, write2 } = host.absent;
  return ({ q: spikes, keyValue, membrane = write, fired = write2 }) => {
    expectCapacity('attention: q', spikes, spikeBytes(height, width, stride));
    expectCapacity('attention: keyValue', keyValue, 4 * channels * headWidth);
    expectCapacity('attention: membrane', membrane, bytes);
    expectCapacity('attention: fired', fired, firedBytes);
    return bindDispatch(host, pipeline, [shape, spikes, keyValue, membrane, fired], grid);
  };
}
