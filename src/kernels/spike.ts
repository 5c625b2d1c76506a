import source from '../../shaders/spike.wgsl?raw';
import { SpikesegError } from '../errors.ts';
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
  /**
   * Fire twice, with the offset and without it, into twice as many channels; not if channel major.
   * @defaultValue false
   */
  readonly twice?: boolean | undefined;
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
  /** f32 in the layout of `membrane`, of as many channels as fire; needed to store. */
  readonly potential?: GPUBuffer | undefined;
  /** Spike words u32[H][⌈W/8⌉][C], or [2·C] if it fires twice. */
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
  const { shape, levels, channelMajor = false, offsetRows = 0, twice = false } = options;
  const { gate = false, store = false } = options;
  const { height, width, channels } = shape;
  const output = { height, width, channels: twice ? 2 * channels : channels };
  if (twice && channelMajor) {
    throw new SpikesegError('shape-mismatch', 'spike: a channel-major map cannot fire twice');
  }
  const pipeline = await host.pipeline({ name: 'spike', source, constants: { LANES: host.lanes } });
  const uniform = host.uniform(
    'spike',
    packUniform({
      height,
      width,
      channels,
      fired_channels: output.channels,
      offset_rows: offsetRows,
      levels: { levels: levels },
      channel_major: channelMajor,
      gate,
      store,
    }),
  );
  const bytes = (map: MapShape) => 4 * height * width * map.channels;
  const grid = wordGrid(host, shape);

  return ({ membrane, offset = host.absent.read, potential = host.absent.write, fired }) => {
    expectCapacity('spike: membrane', membrane, bytes(shape));
    expectCapacity('spike: offset', offset, 4 * offsetRows * channels);
    expectCapacity('spike: potential', potential, store ? bytes(output) : 0);
    expectCapacity('spike: fired', fired, spikeBytes(height, width, output.channels));
    return bindDispatch(host, pipeline, [uniform, membrane, offset, potential, fired], grid);
  };
}
