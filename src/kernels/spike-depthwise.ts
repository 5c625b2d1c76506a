import source from '../../shaders/spike-depthwise.wgsl?raw';
import { SpikesegError } from '../errors.ts';
import {
  epilogueConstants,
  epilogueMembers,
  inQuads,
  layerBindings,
  type Epilogue,
  type LayerBuffers,
  type SpikeSlice,
} from './epilogue.ts';
import { rowPairGrid } from './grid.ts';
import { bindDispatch, packUniform, spikeBytes, type Dispatch, type KernelHost } from './kernel.ts';

/** The largest side of a kernel; `plain-conv` takes any. */
export const WIDEST = 9;

export interface SpikeDepthwiseOptions extends Epilogue {
  /** Side of the kernel: 1, 3, 5, 7 or 9; zero padding of ⌊kernel/2⌋ on every side. */
  readonly kernel: number;
  /** Also the shape of the output. */
  readonly input: SpikeSlice;
  /** The weights lie in a buffer of WINDOW_BYTES that may be bound as uniform. @defaultValue false */
  readonly uniform?: boolean;
}

/**
 * Depthwise convolution of spikes, stride 1, with the neuron that follows it. Buffers, all borrowed:
 *
 * - `input`: spike words u32[H][⌈W/8⌉][stride]
 * - `weights`: f32[kernel][kernel][⌈channels/4⌉·4], for one spike; the padding must be zero
 * - `bias`, `membrane`, `fired`: see {@link LayerBuffers}
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/spike-depthwise.wgsl, and src/reference/spike-depthwise.ts for the same on the CPU
 */
export async function createSpikeDepthwise(
  host: KernelHost,
  options: SpikeDepthwiseOptions,
): Promise<(buffers: LayerBuffers) => Dispatch> {
  const { kernel, input, uniform = false } = options;
  const { height, width, channels, stride = channels, offset = 0 } = input;
  // A row of taps sees 8 pixels and a border of up to 4 on each side.
  if (kernel % 2 !== 1 || kernel > WIDEST) {
    throw new SpikesegError(
      'shape-mismatch',
      `spike-depthwise: a kernel of side ${kernel}; 1, 3, 5, 7 or 9 are possible`,
    );
  }
  const quads = inQuads(input);
  const pipeline = await host.pipeline({
    name: 'spike-depthwise',
    source,
    constants: {
      LANES: host.lanes,
      KERNEL: kernel,
      UNIFORM: Number(uniform),
      QUADS: Number(quads),
      ...epilogueConstants(input, options),
    },
  });
  const shape = host.uniform(
    'spike-depthwise',
    packUniform({
      in_stride: stride,
      in_offset: offset,
      ...epilogueMembers(input, options),
    }),
  );
  const reads = {
    input: spikeBytes(height, width, stride),
    weights: 16 * kernel * kernel * Math.ceil(channels / 4),
    uniform,
    quads,
  };
  const grid = rowPairGrid(host, input);
  return (buffers) => {
    const bindings = layerBindings(host, 'spike-depthwise', input, options, reads, buffers);
    return bindDispatch(host, pipeline, [shape, ...bindings], grid);
  };
}
