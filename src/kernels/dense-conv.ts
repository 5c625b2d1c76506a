import source from '../../shaders/dense-conv.wgsl?raw';
import { SpikesegError } from '../errors.ts';
import {
  epilogueConstants,
  epilogueMembers,
  layerBindings,
  type Epilogue,
  type LayerBuffers,
  type MapShape,
} from './epilogue.ts';
import { flatGrid } from './grid.ts';
import { TILE, bindDispatch, packUniform, type Dispatch, type KernelHost } from './kernel.ts';

export interface DenseConvOptions extends Epilogue {
  /** Side of the kernel, odd; zero padding of ⌊kernel/2⌋ on every side. */
  readonly kernel: number;
  readonly stride: 1 | 2;
  readonly input: MapShape;
  readonly output: MapShape;
  /**
   * Parts of the channels, each convolved for itself; above 1 they divide the input's channels, and a
   * quarter of the output's. @defaultValue 1
   */
  readonly groups?: number | undefined;
  /** The weights are in a uniform buffer of WINDOW_BYTES. @defaultValue false */
  readonly uniform?: boolean;
}

/**
 * Convolution of an analog map, with the neuron that follows it. Buffers, all borrowed:
 *
 * - `input`: f32[H][W][C]
 * - `weights`: f32[kernel][kernel][channels/groups][⌈outputs/4⌉·4]
 * - `bias`, `membrane`, `fired`: see {@link LayerBuffers}
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/dense-conv.wgsl, and src/reference/dense-conv.ts for the same on the CPU
 */
export async function createDenseConv(
  host: KernelHost,
  options: DenseConvOptions,
): Promise<(buffers: LayerBuffers) => Dispatch> {
  const { kernel, stride, input, output, groups = 1, uniform = false } = options;
  const { height, width, channels } = input;
  const contracted = channels / groups;
  if (groups > 1 && (channels % groups !== 0 || output.channels % (4 * groups) !== 0)) {
    throw new SpikesegError(
      'shape-mismatch',
      `dense-conv: ${groups} groups do not part ${channels} channels, or ${output.channels} outputs in fours`,
    );
  }
  // The lanes of a quad, with two quads of outputs each, then stay in one group of one tile.
  const fours = contracted % 4 === 0 && output.channels % (32 * groups) === 0;
  const shared = host.shares && kernel === 1 && stride === 1 && fours;
  const pipeline = await host.pipeline({
    name: 'dense-conv',
    source,
    constants: {
      LANES: host.lanes,
      KERNEL: kernel,
      STRIDE: stride,
      UNIFORM: Number(uniform),
      SHARED: Number(shared),
      ...epilogueConstants(output, options),
    },
  });
  const shape = host.uniform(
    'dense-conv',
    packUniform({
      in_height: height,
      in_width: width,
      in_channels: contracted,
      in_stride: channels,
      group_outputs: output.channels / groups,
      ...epilogueMembers(output, options),
    }),
  );
  const reads = {
    input: 4 * height * width * channels,
    weights: 16 * kernel * kernel * contracted * Math.ceil(output.channels / 4),
    uniform,
    quads: shared,
  };
  const pairs = groups * Math.ceil(output.channels / groups / 8);
  const grid = flatGrid(host, output.height * Math.ceil(output.width / TILE) * pairs);
  return (buffers) => {
    const bindings = layerBindings(host, 'dense-conv', output, options, reads, buffers);
    return bindDispatch(host, pipeline, [shape, ...bindings], grid);
  };
}
