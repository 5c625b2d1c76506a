import source from '../../shaders/attention-literal.wgsl?raw';
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

export interface AttentionLiteralOptions {
  /** heads · d channels of a map of queries. */
  readonly q: SpikeSlice;
  /** As many channels, of another map. */
  readonly k: SpikeSlice;
  readonly v: SpikeSlice;
  readonly heads: number;
  /** Of an integer score, and of a value's spike count. */
  readonly scoreScale: number;
  readonly valueScale: number;
  /** D: the neuron fires 0..D spikes, and `fired` is written. Absent: no neuron here. */
  readonly levels?: number | undefined;
  /** Write the membrane potential. @defaultValue false */
  readonly store?: boolean | undefined;
}

/** All borrowed. */
export interface AttentionLiteralBuffers {
  /** Spike words. */
  readonly q: GPUBuffer;
  readonly k: GPUBuffer;
  readonly v: GPUBuffer;
  /** f32 [H][W][channels]; needed to store. */
  readonly membrane?: GPUBuffer | undefined;
  /** Spike words; needed to fire. */
  readonly fired?: GPUBuffer | undefined;
}

/**
 * Attention in the order of the original, (q kᵀ · scale) v, and the neuron behind it.
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/attention-literal.wgsl, and src/reference/attention-literal.ts for the same on the CPU
 */
export async function createAttentionLiteral(
  host: KernelHost,
  options: AttentionLiteralOptions,
): Promise<(buffers: AttentionLiteralBuffers) => Dispatch> {
  const { q, k, v, heads, levels, store = false } = options;
  const { height, width, channels } = q;
  const stride = (slice: SpikeSlice) => slice.stride ?? slice.channels;
  const bytes = (slice: SpikeSlice) => spikeBytes(slice.height, slice.width, stride(slice));
  const pipeline = await host.pipeline({ name: 'attention-literal', source, constants: { LANES } });
  const shape = host.uniform(
    'attention-literal',
    packUniform({
      height,
      width,
      key_height: k.height,
      key_width: k.width,
      channels,
      head_width: channels / heads,
      q_stride: stride(q),
      q_offset: q.offset ?? 0,
      k_stride: stride(k),
      k_offset: k.offset ?? 0,
      v_stride: stride(v),
      v_offset: v.offset ?? 0,
      score_scale: { f32: options.scoreScale },
      value_scale: { f32: options.valueScale },
      levels: { levels: levels ?? 0 },
      store,
      fire: levels !== undefined,
    }),
  );
  const groups = [Math.ceil(channels / LANES), height * Math.ceil(width / TILE)] as const;
  const stored = store ? 4 * height * width * channels : 0;
  const firedBytes = levels === undefined ? 0 : spikeBytes(height, width, channels);
  const { write, write2 } = host.absent;
  return ({ membrane = write, fired = write2, ...spikes }) => {
    expectCapacity('attention-literal: q', spikes.q, bytes(q));
    expectCapacity('attention-literal: k', spikes.k, bytes(k));
    expectCapacity('attention-literal: v', spikes.v, bytes(v));
    expectCapacity('attention-literal: membrane', membrane, stored);
    expectCapacity('attention-literal: fired', fired, firedBytes);
    const bindings = [shape, spikes.q, spikes.k, spikes.v, membrane, fired];
    return bindDispatch(host, pipeline, bindings, groups);
  };
}
