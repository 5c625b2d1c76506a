import source from '../../shaders/lif.wgsl?raw';
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

export interface LifOptions {
  readonly shape: MapShape;
  /** Time constant of the leak, in timesteps; above 0. */
  readonly tau: number;
  /** Potential at which the neuron fires. */
  readonly threshold: number;
  /** Write the potential before the reset. @defaultValue false */
  readonly store?: boolean | undefined;
}

/** All borrowed; the maps are f32 [H][W][C]. */
export interface LifBuffers {
  /** Only read. */
  readonly current: GPUBuffer;
  /** Zero before the first timestep, then left alone; updated in place. */
  readonly state: GPUBuffer;
  /** Needed to store. */
  readonly potential?: GPUBuffer | undefined;
  /** Spike words u32[H][⌈W/8⌉][C], of counts 0 and 1. */
  readonly fired: GPUBuffer;
}

/**
 * One timestep of leaky integrate-and-fire neurons with a hard reset to 0.
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/lif.wgsl, and src/reference/lif.ts for the same on the CPU
 */
export async function createLif(
  host: KernelHost,
  { shape, tau, threshold, store = false }: LifOptions,
): Promise<(buffers: LifBuffers) => Dispatch> {
  const { height, width, channels } = shape;
  const pipeline = await host.pipeline({ name: 'lif', source, constants: { LANES: host.lanes } });
  const uniform = host.uniform(
    'lif',
    packUniform({
      height,
      width,
      channels,
      rate: { f32: 1 / tau },
      threshold: { f32: threshold },
      store,
    }),
  );
  const bytes = 4 * height * width * channels;
  const grid = wordGrid(host, shape);

  return ({ current, state, potential = host.absent.write, fired }) => {
    expectCapacity('lif: current', current, bytes);
    expectCapacity('lif: state', state, bytes);
    expectCapacity('lif: potential', potential, store ? bytes : 0);
    expectCapacity('lif: fired', fired, spikeBytes(height, width, channels));
    return bindDispatch(host, pipeline, [uniform, current, state, potential, fired], grid);
  };
}
