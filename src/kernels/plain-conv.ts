import source from '../../shaders/plain-conv.wgsl?raw';
import { SpikesegError } from '../errors.ts';
import {
  checkedBuffers,
  coarseMembers,
  epilogueMembers,
  type Epilogue,
  type LayerBuffers,
  type MapShape,
  type Size,
  type SpikeSlice,
} from './epilogue.ts';
import { quadGrid } from './grid.ts';
import {
  bindDispatch,
  expectCapacity,
  packUniform,
  spikeBytes,
  type Dispatch,
  type KernelHost,
} from './kernel.ts';

export interface PlainConvOptions extends Epilogue {
  /** Spike words, or an analog map (which is no slice). */
  readonly spikes: boolean;
  readonly input: SpikeSlice;
  readonly output: MapShape;
  /** Odd. */
  readonly kernel: number;
  readonly stride: 1 | 2;
  /** Every channel of spikes by itself. @defaultValue false */
  readonly depthwise?: boolean;
  /** As of `DenseConvOptions`. @defaultValue 1 */
  readonly groups?: number | undefined;
  /** As of `SpikePointwiseOptions`, in place of groups. @defaultValue one layer */
  readonly second?: number | undefined;
  /** As of `SpikePointwiseOptions`. @defaultValue none */
  readonly coarse?: Size | undefined;
}

/** All borrowed. */
export interface PlainConvBuffers extends LayerBuffers {
  /** f32 map of as many channels as the output; needed if there is one. */
  readonly coarse?: GPUBuffer | undefined;
}

/**
 * Convolution of spikes or of an analog map, with the neuron that follows it: slower than
 * `spike-conv`, `spike-pointwise`, `spike-depthwise` and `dense-conv`, with the same results to the bit, and
 * compiled far sooner than these. Buffers, all borrowed, as of those, but for weights that are always
 * read from a storage buffer.
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/plain-conv.wgsl, and src/reference/plain-conv.ts for the same on the CPU
 */
export async function createPlainConv(
  host: KernelHost,
  options: PlainConvOptions,
): Promise<(buffers: PlainConvBuffers) => Dispatch> {
  const { spikes, input, output, kernel, stride, depthwise = false, coarse, second } = options;
  const groups = second === undefined ? (options.groups ?? 1) : 2;
  const groupOutputs = second ?? output.channels / groups;
  const { height, width, channels, stride: pitch = channels, offset = 0 } = input;
  const pipeline = await host.pipeline({
    name: 'plain-conv',
    source,
    constants: { LANES: host.lanes, SPIKES: Number(spikes), DEPTHWISE: Number(depthwise) },
  });
  const contracted = depthwise ? 1 : channels / groups;
  const fours = [coarse ? output.channels : 0, groups > 1 ? groupOutputs : 0];
  if (!Number.isInteger(contracted) || fours.some((count) => count % 4 !== 0)) {
    throw new SpikesegError(
      'shape-mismatch',
      `plain-conv: groups of channels, and outputs with a coarser map, come by fours: not ${output.channels} outputs in ${groups} groups, ${groupOutputs} of the first`,
    );
  }
  const shape = host.uniform(
    'plain-conv',
    packUniform({
      in_height: height,
      in_width: width,
      in_channels: contracted,
      in_stride: pitch,
      in_offset: offset,
      kernel,
      stride,
      group_outputs: groupOutputs,
      last_group: groups - 1,
      ...coarseMembers(output, coarse),
      ...epilogueMembers(output, options),
    }),
  );
  const bytes = {
    input: spikes ? spikeBytes(height, width, pitch) : 4 * height * width * channels,
    weights: 16 * kernel * kernel * contracted * Math.ceil(output.channels / 4),
  };
  const coarseBytes = coarse ? 4 * coarse.height * coarse.width * output.channels : 0;
  const grid = quadGrid(host, output);
  return (buffers) => {
    const map = buffers.coarse ?? host.absent.read;
    expectCapacity('plain-conv: coarse', map, coarseBytes);
    const own = checkedBuffers(host, 'plain-conv', output, options, bytes, buffers);
    const { input, weights, bias, membrane, fired } = own;
    const bindings = [shape, input, weights, bias, membrane, fired, map];
    return bindDispatch(host, pipeline, bindings, grid);
  };
}
