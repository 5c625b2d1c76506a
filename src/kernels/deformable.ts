import source from '../../shaders/deformable.wgsl?raw';
import { TILE, spikeBytes, type MapShape } from '../model/shapes.ts';
import { flatGrid } from './grid.ts';
import {
  bindDispatch,
  expectCapacity,
  packUniform,
  type Dispatch,
  type KernelHost,
} from './kernel.ts';

export interface DeformableOptions {
  /** Of the values and of the result; `channels` is a multiple of `groups`. */
  readonly shape: MapShape;
  /** Channels of one group move and are masked together. */
  readonly groups: number;
  /** D, of the neuron that fired the mask and of the one that follows: 0..D spikes. */
  readonly levels: number;
  /** Write the membrane potential. @defaultValue false */
  readonly store?: boolean | undefined;
}

/** All are borrowed. */
export interface DeformableBuffers {
  /** f32[H][W][C] */
  readonly values: GPUBuffer;
  /** f32[H][W][groups][9][2], x before y, in pixels; of any size. */
  readonly offsets: GPUBuffer;
  /** Spike words u32[H][⌈W/8⌉][9·groups] */
  readonly mask: GPUBuffer;
  /** f32[H][W][C]; needed to store. */
  readonly potential?: GPUBuffer | undefined;
  /** Spike words u32[H][⌈W/8⌉][C] */
  readonly fired: GPUBuffer;
}

/**
 * Deformable sampling of an analog map at nine points a pixel, masked by spikes, and the neuron that follows.
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/deformable.wgsl, and src/reference/deformable.ts for the same on the CPU
 */
export async function createDeformable(
  host: KernelHost,
  { shape, groups, levels, store = false }: DeformableOptions,
): Promise<(buffers: DeformableBuffers) => Dispatch> {
  const { height, width, channels } = shape;
  const pipeline = await host.pipeline({
    name: 'deformable',
    source,
    constants: { LANES: host.lanes },
  });
  const uniform = host.uniform(
    'deformable',
    packUniform({
      height,
      width,
      channels,
      groups,
      mask_scale: { f32: 1 / levels },
      levels: { levels: levels },
      store,
    }),
  );
  const quads = groups * Math.ceil(channels / groups / 4);
  const grid = flatGrid(host, height * Math.ceil(width / TILE) * quads);
  const pixels = height * width;
  return ({ values, offsets, mask, potential = host.absent.write, fired }) => {
    expectCapacity('deformable: values', values, 4 * pixels * channels);
    expectCapacity('deformable: offsets', offsets, 4 * pixels * groups * POINTS * 2);
    expectCapacity('deformable: mask', mask, spikeBytes(height, width, groups * POINTS));
    expectCapacity('deformable: potential', potential, store ? 4 * pixels * channels : 0);
    expectCapacity('deformable: fired', fired, spikeBytes(height, width, channels));
    const buffers = [uniform, values, offsets, mask, potential, fired];
    return bindDispatch(host, pipeline, buffers, grid);
  };
}

const POINTS = 9;
