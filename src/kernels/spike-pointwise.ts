import source from '../../shaders/spike-pointwise.wgsl?raw';
import { SpikesegError } from '../errors.ts';
import { WINDOW_BYTES } from '../model/shapes.ts';
import {
  epilogueConstants,
  epilogueMembers,
  inSharedQuads,
  inQuads,
  layerBindings,
  type Epilogue,
  type LayerBuffers,
  type MapShape,
  type SpikeSlice,
} from './epilogue.ts';
import { tilePairGrid } from './grid.ts';
import { bindDispatch, packUniform, spikeBytes, type Dispatch, type KernelHost } from './kernel.ts';

export interface SpikePointwiseOptions extends Epilogue {
  readonly input: SpikeSlice;
  /** As high and wide as the input. */
  readonly output: MapShape;
  /** The weights lie in a buffer of WINDOW_BYTES that may be bound as uniform. @defaultValue false */
  readonly uniform?: boolean;
}

/**
 * Pointwise (1×1) convolution of spikes, with the neuron that follows it. Buffers, all borrowed:
 *
 * - `input`: spike words u32[H][⌈W/8⌉][stride]
 * - `weights`: f32[channels][⌈outputs/4⌉·4], for one spike
 * - `bias`, `membrane`, `fired`: see {@link LayerBuffers}
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/spike-pointwise.wgsl, and src/reference/spike-pointwise.ts for the same on the CPU
 */
export async function createSpikePointwise(
  host: KernelHost,
  options: SpikePointwiseOptions,
): Promise<(buffers: LayerBuffers) => Dispatch> {
  const { input, output, uniform = false } = options;
  const { height, width, channels, stride = channels, offset = 0 } = input;
  if (height !== output.height || width !== output.width) {
    throw new SpikesegError(
      'shape-mismatch',
      `spike-pointwise: ${height} × ${width} pixels do not become ${output.height} × ${output.width}`,
    );
  }
  const quads = inQuads(input);
  const pipeline = await host.pipeline({
    name: 'spike-pointwise',
    source,
    constants: {
      LANES: host.lanes,
      UNIFORM: Number(uniform),
      SHARED: Number(inSharedQuads(host, output)),
      QUADS: Number(quads),
      ...epilogueConstants(output, options),
    },
  });
  const shape = host.uniform(
    'spike-pointwise',
    packUniform({
      in_channels: channels,
      in_stride: stride,
      in_offset: offset,
      ...epilogueMembers(output, options),
    }),
  );
  const needed = {
    input: spikeBytes(height, width, stride),
    weights: uniform ? WINDOW_BYTES : 16 * channels * Math.ceil(output.channels / 4),
  };
  const grid = tilePairGrid(host, output);
  return (buffers) => {
    const { read, window } = host.absent;
    const [spikes, weights, ...rest] = layerBindings(
      host,
      'spike-pointwise',
      output,
      options,
      needed,
      buffers,
    );
    return bindDispatch(
      host,
      pipeline,
      [
        shape,
        quads ? read : spikes,
        uniform ? read : weights,
        ...rest,
        uniform ? weights : window,
        quads ? spikes : read,
      ],
      grid,
    );
  };
}
