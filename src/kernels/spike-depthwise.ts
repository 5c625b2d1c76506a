import source from '../../shaders/spike-depthwise.wgsl?raw';
import {
  epilogueMembers,
  layerBindings,
  layerGrid,
  type Epilogue,
  type LayerBuffers,
  type SpikeSlice,
} from './epilogue.ts';
import { bindDispatch, packUniform, spikeBytes, type Dispatch, type KernelHost } from './kernel.ts';

export interface SpikeDepthwiseOptions extends Epilogue {
  /** Side of the kernel, odd, at most 15; zero padding of ⌊kernel/2⌋ on every side. */
  readonly kernel: number;
  /** The output has its size and channels. */
  readonly input: SpikeSlice;
}

/**
 * Depthwise convolution of spikes, with the neuron that follows it. Buffers, all borrowed:
 *
 * - `input`: spike words u32[H][⌈W/8⌉][stride]
 * - `weights`: f32[kernel][kernel][⌈channels/4⌉·4], for one spike
 * - `bias`, `membrane`, `fired`: see {@link LayerBuffers}
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/spike-depthwise.wgsl, and src/reference/spike-depthwise.ts for the same on the CPU
 */
export async function createSpikeDepthwise(
  host: KernelHost,
  options: SpikeDepthwiseOptions,
): Promise<(buffers: LayerBuffers) => Dispatch> {
  const { kernel, input } = options;
  const { height, width, channels, stride = channels, offset = 0 } = input;
  const { constants, groups } = layerGrid(input);
  const pipeline = await host.pipeline({
    name: 'spike-depthwise',
    source,
    constants: { KERNEL: kernel, ...constants },
  });
  const shape = host.uniform(
    'spike-depthwise',
    packUniform({
      in_stride: stride,
      in_offset: offset,
      ...epilogueMembers(input, options),
    }),
  );
  const needed = {
    input: spikeBytes(height, width, stride),
    weights: 16 * kernel * kernel * Math.ceil(channels / 4),
  };
  return (buffers) => {
    const bindings = layerBindings(host, 'spike-depthwise', input, options, needed, buffers);
    return bindDispatch(host, pipeline, [shape, ...bindings], groups);
  };
}
