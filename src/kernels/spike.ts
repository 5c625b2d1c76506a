import source from '../../shaders/spike.wgsl?raw';
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

export interface SpikeOptions {
  /** How the flat memory of the membrane is read. */
  readonly shape: MapShape;
  /** D: the neuron fires 0..D spikes. */
  readonly levels: number;
  /** The membrane is [channels][height][width] instead of [height][width][channels]. @defaultValue false */
  readonly channelMajor?: boolean | undefined;
  /**
   * Rows of `offset`, which repeat over the pixels: 1 is a constant of each channel, height·width a
   * position code. @defaultValue no offset
   */
  readonly offsetRows?: number | undefined;
  /** Spike on the sigmoid of the membrane potential instead: once where it exceeds 0.5. @defaultValue false */
  readonly gate?: boolean | undefined;
  /** Write the potential that fired (the sigmoid, if gated). @defaultValue false */
  readonly store?: boolean | undefined;
}

/** All borrowed. */
export interface SpikeBuffers {
  /** f32 map, only read. */
  readonly membrane: GPUBuffer;
  /** f32[offsetRows][channels]. */
  readonly offset?: GPUBuffer | undefined;
  /** f32 in the layout of `membrane`; needed to store. */
  readonly potential?: GPUBuffer | undefined;
  /** Spike words u32[H][⌈W/8⌉][C]. */
  readonly fired: GPUBuffer;
}

/**
 * The integer neuron on its own: `fired = round(clamp(membrane + offset, 0, levels))`.
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/spike.wgsl, and src/reference/spike.ts for the same on the CPU
 */
export async function createSpike(
  host: KernelHost,
  options: SpikeOptions,
): Promise<(buffers: SpikeBuffers) => Dispatch> {
  const { shape, levels, offsetRows = 0, store = false } = options;
  const { height, width, channels } = shape;
  const pipeline = await host.pipeline({ name: 'spike', source, constants: { LANES: host.lanes } });
  const uniform = host.uniform(
    'spike',
    packUniform({
      height,
      width,
      channels,
      offset_rows: offsetRows,
      levels: { levels: levels },
      channel_major: options.channelMajor ?? false,
      gate: options.gate ?? false,
      store,
    }),
  );
  const bytes = 4 * height * width * channels;
  const grid = wordGrid(host, shape);

  return ({ membrane, offset = host.absent.read, potential = host.absent.write, fired }) => {
    expectCapacity('spike: membrane', membrane, bytes);
    expectCapacity('spike: offset', offset, 4 * offsetRows * channels);
    expectCapacity('spike: potential', potential, store ? bytes : 0);
    expectCapacity('spike: fired', fired, spikeBytes(height, width, channels));
    return bindDispatch(host, pipeline, [uniform, membrane, offset, potential, fired], grid);
  };
}
