import source from '../../shaders/spike-pointwise.wgsl?raw';
import { SpikesegError } from '../errors.ts';
import {
  coarseMembers,
  epilogueConstants,
  epilogueMembers,
  inSharedQuads,
  inQuads,
  layerBindings,
  type Epilogue,
  type LayerBuffers,
  type MapShape,
  type Size,
  type SpikeSlice,
} from './epilogue.ts';
import { tilePairGrid } from './grid.ts';
import {
  bindDispatch,
  expectCapacity,
  packUniform,
  spikeBytes,
  type Dispatch,
  type KernelHost,
} from './kernel.ts';

export interface SpikePointwiseOptions extends Epilogue {
  readonly input: SpikeSlice;
  /** As high and wide as the input. */
  readonly output: MapShape;
  /** The weights lie in a buffer of WINDOW_BYTES that may be bound as uniform. @defaultValue false */
  readonly uniform?: boolean;
  /**
   * Two layers side by side: the outputs from this one on, a multiple of 4, see the second half of the
   * input's channels, and those before it the first. @defaultValue one layer
   */
  readonly second?: number | undefined;
  /**
   * Size of a coarser map, no side longer than the output's: it is upsampled bilinearly
   * (align_corners = false) and added. The output's channels are a multiple of 4 then.
   * @defaultValue none
   */
  readonly coarse?: Size | undefined;
}

/** All borrowed. */
export interface SpikePointwiseBuffers extends LayerBuffers {
  /** f32 map of as many channels as the output; needed if there is one. */
  readonly coarse?: GPUBuffer | undefined;
}

/**
 * Pointwise (1×1) convolution of spikes, with the neuron that follows it. Buffers, all borrowed:
 *
 * - `input`: spike words u32[H][⌈W/8⌉][stride]
 * - `weights`: f32[channels][⌈outputs/4⌉·4], for one spike; of half the channels if there is a `second`
 * - `coarse`: f32 map
 * - `bias`, `membrane`, `fired`: see {@link LayerBuffers}
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/spike-pointwise.wgsl, and src/reference/spike-pointwise.ts for the same on the CPU
 */
export async function createSpikePointwise(
  host: KernelHost,
  options: SpikePointwiseOptions,
): Promise<(buffers: SpikePointwiseBuffers) => Dispatch> {
  const { input, output, uniform = false, coarse, second } = options;
  const { height, width, channels, stride = channels, offset = 0 } = input;
  const contracted = second === undefined ? channels : channels / 2;
  if (height !== output.height || width !== output.width) {
    throw new SpikesegError(
      'shape-mismatch',
      `spike-pointwise: ${height} × ${width} pixels do not become ${output.height} × ${output.width}`,
    );
  }
  if (coarse && output.channels % 4 !== 0) {
    throw new SpikesegError(
      'shape-mismatch',
      `spike-pointwise: a coarser map is added by fours, but there are ${output.channels} channels`,
    );
  }
  if (!Number.isInteger(contracted) || (second ?? 0) % 4 !== 0) {
    throw new SpikesegError(
      'shape-mismatch',
      `spike-pointwise: ${channels} channels and outputs from ${second} on do not make two layers`,
    );
  }
  const quads = inQuads({ ...input, channels: contracted });
  const shared = inSharedQuads(host, output) && (second ?? 0) % 16 === 0;
  const pipeline = await host.pipeline({
    name: 'spike-pointwise',
    source,
    constants: {
      LANES: host.lanes,
      UNIFORM: Number(uniform),
      SHARED: Number(shared),
      QUADS: Number(quads),
      COARSE: Number(coarse !== undefined),
      ...epilogueConstants(output, options),
    },
  });
  const shape = host.uniform(
    'spike-pointwise',
    packUniform({
      in_channels: contracted,
      in_stride: stride,
      in_offset: offset,
      second: second ?? 4 * Math.ceil(output.channels / 4),
      ...coarseMembers(output, coarse),
      ...epilogueMembers(output, options),
    }),
  );
  const reads = {
    input: spikeBytes(height, width, stride),
    weights: 16 * contracted * Math.ceil(output.channels / 4),
    uniform,
    quads,
  };
  const coarseBytes = coarse ? 4 * coarse.height * coarse.width * output.channels : 0;
  const grid = tilePairGrid(host, output);
  return (buffers) => {
    const map = buffers.coarse ?? host.absent.read;
    expectCapacity('spike-pointwise: coarse', map, coarseBytes);
    const bindings = layerBindings(host, 'spike-pointwise', output, options, reads, buffers);
    return bindDispatch(host, pipeline, [shape, ...bindings, map], grid);
  };
}
