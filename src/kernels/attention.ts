import source from '../../shaders/attention.wgsl?raw';
import { SpikesegError } from '../errors.ts';
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

/** Channels, of each of which the shader keeps 16 bytes of sums: WebGPU grants 16 KiB. */
const WIDEST_HEAD = 1024;

export interface AttentionOptions {
  /** heads · d channels of a map of tokens. */
  readonly q: SpikeSlice;
  /** As many channels, of this or another map. */
  readonly k: SpikeSlice;
  /** As many, of the same map as k. */
  readonly v: SpikeSlice;
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
  /** Spike words; may be one and the same buffer. */
  readonly q: GPUBuffer;
  readonly k: GPUBuffer;
  readonly v: GPUBuffer;
  /** f32 [H][W][channels]; needed to store or accumulate. */
  readonly membrane?: GPUBuffer | undefined;
  /** Spike words; needed to fire. */
  readonly fired?: GPUBuffer | undefined;
}

/**
 * q (kᵀ v) · scale and the neuron behind it. Sums are exact integers, which must stay below 2³¹. A head
 * has at most 1024 channels.
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/attention.wgsl, and src/reference/attention.ts for the same on the CPU
 */
export async function createAttention(
  host: KernelHost,
  { q, k, v, heads, scale, levels, store = false, accumulate = false }: AttentionOptions,
): Promise<(buffers: AttentionBuffers) => Dispatch> {
  const { height, width, channels } = q;
  const headWidth = channels / heads;
  if (headWidth > WIDEST_HEAD) {
    throw new SpikesegError(
      'shape-mismatch',
      `attention: heads of ${headWidth} channels, expected at most ${WIDEST_HEAD}`,
    );
  }
  const alike = k.channels === channels && v.channels === channels;
  if (!Number.isInteger(headWidth) || !alike || k.height !== v.height || k.width !== v.width) {
    const told = [q, k, v].map((map) => `${map.height} × ${map.width} × ${map.channels}`);
    throw new SpikesegError(
      'shape-mismatch',
      `attention: q, k and v of ${told.join(', ')} in ${heads} heads: as many channels of each, whole heads, and k and v of one map`,
    );
  }
  const stride = (slice: SpikeSlice) => slice.stride ?? slice.channels;
  const bytes = (slice: SpikeSlice) => spikeBytes(slice.height, slice.width, stride(slice));
  const pipeline = await host.pipeline({
    name: 'attention',
    source,
    constants: {
      LANES: host.lanes,
      ROWS: 4 * Math.max(host.lanes, Math.ceil(headWidth / 4)),
      MEMBRANE: Number(store || accumulate),
    },
  });
  const shape = host.uniform(
    'attention',
    packUniform({
      height,
      width,
      key_tiles: k.height * Math.ceil(k.width / TILE),
      heads,
      head_width: headWidth,
      q_stride: stride(q),
      q_offset: q.offset ?? 0,
      k_stride: stride(k),
      k_offset: k.offset ?? 0,
      v_stride: stride(v),
      v_offset: v.offset ?? 0,
      scale: { f32: scale },
      levels: { levels: levels ?? 0 },
      accumulate,
      store,
      fire: levels !== undefined,
    }),
  );
  const membraneBytes = store || accumulate ? 4 * height * width * channels : 0;
  const firedBytes = levels === undefined ? 0 : spikeBytes(height, width, channels);
  const { write, write2 } = host.absent;
  return ({ membrane = write, fired = write2, ...spikes }) => {
    expectCapacity('attention: q', spikes.q, bytes(q));
    expectCapacity('attention: k', spikes.k, bytes(k));
    expectCapacity('attention: v', spikes.v, bytes(v));
    expectCapacity('attention: membrane', membrane, membraneBytes);
    expectCapacity('attention: fired', fired, firedBytes);
    const bindings = [shape, spikes.q, spikes.k, spikes.v, membrane, fired];
    return bindDispatch(host, pipeline, bindings, [Math.ceil(headWidth / 4), heads]);
  };
}
