import source from '../../shaders/firing.wgsl?raw';
import type { SpikeSlice } from './epilogue.ts';
import { flatGrid } from './grid.ts';
import {
  TILE,
  bindDispatch,
  expectCapacity,
  packUniform,
  spikeBytes,
  type Dispatch,
  type KernelHost,
} from './kernel.ts';

/** Tiles and channels of one invocation. */
const TILES = 4;
const CHANNELS = 16;
/** Elements of a histogram: a spike count is a nibble. */
const LEVELS = 16;

export interface FiringOptions {
  readonly input: SpikeSlice;
  /** D: larger counts do not occur. */
  readonly levels: number;
  /** Where in `sums` the results go, in elements. @defaultValue 0 */
  readonly at?: number;
}

/** All borrowed. */
export interface FiringBuffers {
  /** Spike words. */
  readonly spikes: GPUBuffer;
  /**
   * From `at`: histogram u32[16] (of 1..D; element 0 stays), channels u32[C], map u16[H][8·⌈W/8⌉].
   * Added to.
   */
  readonly sums: GPUBuffer;
}

/**
 * How the spikes of a layer are spread over counts, channels and pixels: exact sums, added to what
 * `sums` holds. At a pixel they must stay below 2¹⁶, so channels · D must.
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/firing.wgsl, and src/reference/firing.ts for the same on the CPU
 */
export async function createFiring(
  host: KernelHost,
  { input, levels, at = 0 }: FiringOptions,
): Promise<(buffers: FiringBuffers) => Dispatch> {
  const { height, width, channels, stride = channels, offset = 0 } = input;
  const pipeline = await host.pipeline({
    name: 'firing',
    source,
    constants: { LANES: host.lanes },
  });
  const shape = host.uniform(
    'firing',
    packUniform({ height, width, channels, stride, offset, levels, at }),
  );
  const blocks = Math.ceil((height * Math.ceil(width / TILE)) / TILES);
  const grid = flatGrid(host, blocks * Math.ceil(channels / CHANNELS));
  const mapWords = (height * Math.ceil(width / TILE) * TILE) / 2;
  const elements = at + LEVELS + channels + mapWords;
  return ({ spikes, sums }) => {
    expectCapacity('firing: spikes', spikes, spikeBytes(height, width, stride));
    expectCapacity('firing: sums', sums, 4 * elements);
    return bindDispatch(host, pipeline, [shape, spikes, sums], grid);
  };
}
