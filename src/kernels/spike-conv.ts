import source from '../../shaders/spike-conv.wgsl?raw';
import {
  epilogueConstants,
  epilogueMembers,
  inQuads,
  inSharedQuads,
  layerBindings,
  type Epilogue,
  type LayerBuffers,
  type MapShape,
  type SpikeSlice,
} from './epilogue.ts';
import { rowPairGrid } from './grid.ts';
import { bindDispatch, packUniform, spikeBytes, type Dispatch, type KernelHost } from './kernel.ts';

export interface SpikeConvOptions extends Epilogue {
  readonly stride: 1 | 2;
  readonly input: SpikeSlice;
  readonly output: MapShape;
  /** The weights lie in a buffer of WINDOW_BYTES that may be bound as uniform. @defaultValue false */
  readonly uniform?: boolean;
}

/**
 * Convolution of spikes, 3×3 with zero padding of 1, and the neuron that follows it. Buffers, all
 * borrowed:
 *
 * - `input`: spike words u32[H][⌈W/8⌉][stride]
 * - `weights`: f32[3][3][channels][⌈outputs/4⌉·4], for one spike
 * - `bias`, `membrane`, `fired`: see {@link LayerBuffers}
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/spike-conv.wgsl, and src/reference/spike-conv.ts for the same on the CPU
 */
export async function createSpikeConv(
  host: KernelHost,
  options: SpikeConvOptions,
): Promise<(buffers: LayerBuffers) => Dispatch> {
  const { stride, input, output, uniform = false } = options;
  const quads = inQuads(input);
  const pipeline = await host.pipeline({
    name: 'spike-conv',
    source,
    constants: {
      LANES: host.lanes,
      STRIDE: stride,
      UNIFORM: Number(uniform),
      QUADS: Number(quads),
      SHARED: Number(inSharedQuads(host, output)),
      ...epilogueConstants(output, options),
    },
  });
  const channels = input.stride ?? input.channels;
  const shape = host.uniform(
    'spike-conv',
    packUniform({
      in_height: input.height,
      in_width: input.width,
      in_channels: input.channels,
      in_stride: channels,
      in_offset: input.offset ?? 0,
      ...epilogueMembers(output, options),
    }),
  );
  const reads = {
    input: spikeBytes(input.height, input.width, channels),
    weights: 16 * 9 * input.channels * Math.ceil(output.channels / 4),
    uniform,
    quads,
  };
  const grid = rowPairGrid(host, output);
  return (buffers) => {
    const bindings = layerBindings(host, 'spike-conv', output, options, reads, buffers);
    return bindDispatch(host, pipeline, [shape, ...bindings], grid);
  };
}
