import source from '../../shaders/integrate.wgsl?raw';
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

export interface IntegrateOptions {
  /** Of the membrane; the flat memory of the current is read in the same order. */
  readonly shape: MapShape;
  /** D: the neuron fires 0..D spikes, and `fired` is written. Absent: no neuron here. */
  readonly levels?: number | undefined;
}

/** All borrowed. */
export interface IntegrateBuffers {
  /** f32[H·W·C]. */
  readonly current: GPUBuffer;
  /** f32[C]. */
  readonly gain: GPUBuffer;
  /** f32[H][W][C], updated in place. */
  readonly membrane: GPUBuffer;
  /** Spike words u32[H][⌈W/8⌉][C]; needed to fire. */
  readonly fired?: GPUBuffer | undefined;
}

/**
 * A residual on its own: `membrane[i] += gain[i mod C] · current[i]`, and the neuron that follows.
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/integrate.wgsl, and src/reference/integrate.ts for the same on the CPU
 */
export async function createIntegrate(
  host: KernelHost,
  { shape, levels }: IntegrateOptions,
): Promise<(buffers: IntegrateBuffers) => Dispatch> {
  const { height, width, channels } = shape;
  const fire = levels !== undefined;
  const pipeline = await host.pipeline({
    name: 'integrate',
    source,
    constants: { LANES: host.lanes },
  });
  const uniform = host.uniform(
    'integrate',
    packUniform({
      height,
      width,
      channels,
      levels: { levels: levels ?? 0 },
      fire,
    }),
  );
  const bytes = 4 * height * width * channels;
  const grid = wordGrid(host, shape);

  return ({ current, gain, membrane, fired = host.absent.write }) => {
    expectCapacity('integrate: current', current, bytes);
    expectCapacity('integrate: gain', gain, 4 * channels);
    expectCapacity('integrate: membrane', membrane, bytes);
    expectCapacity('integrate: fired', fired, fire ? spikeBytes(height, width, channels) : 0);
    return bindDispatch(host, pipeline, [uniform, current, gain, membrane, fired], grid);
  };
}
