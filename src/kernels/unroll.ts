import source from '../../shaders/unroll.wgsl?raw';
import type { MapShape } from './epilogue.ts';
import { wordGrid } from './grid.ts';
import {
  bindDispatch,
  expectCapacity,
  packUniform,
  spikeBytes,
  type Dispatch,
  type KernelHost,
} from './kernel.ts';

export interface UnrollOptions {
  readonly shape: MapShape;
  /** The virtual timestep, from 1 on. */
  readonly step: number;
}

/** Both are spike words u32[H][⌈W/8⌉][C], and borrowed. */
export interface UnrollBuffers {
  readonly counts: GPUBuffer;
  /** Of counts 0 and 1. */
  readonly spikes: GPUBuffer;
}

/**
 * The spikes of one virtual timestep: of D, a unit with count k fires in the first k.
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/unroll.wgsl, and src/reference/unroll.ts for the same on the CPU
 */
export async function createUnroll(
  host: KernelHost,
  { shape, step }: UnrollOptions,
): Promise<(buffers: UnrollBuffers) => Dispatch> {
  const bytes = spikeBytes(shape.height, shape.width, shape.channels);
  const pipeline = await host.pipeline({
    name: 'unroll',
    source,
    constants: { LANES: host.lanes },
  });
  const uniform = host.uniform('unroll', packUniform({ words: bytes / 4, step }));
  const grid = wordGrid(host, shape);
  return ({ counts, spikes }) => {
    expectCapacity('unroll: counts', counts, bytes);
    expectCapacity('unroll: spikes', spikes, bytes);
    return bindDispatch(host, pipeline, [uniform, counts, spikes], grid);
  };
}
