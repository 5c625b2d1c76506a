import source from '../../shaders/dense-conv.wgsl?raw';
import {
  epilogueConstants,
  epilogueMembers,
  layerBindings,
  type Epilogue,
  type LayerBuffers,
  type MapShape,
} from './epilogue.ts';
import { quadGrid } from './grid.ts';
import { bindDispatch, packUniform, type Dispatch, type KernelHost } from './kernel.ts';

export interface DenseConvOptions extends Epilogue {
  /** Side of the kernel, odd; zero padding of ⌊kernel/2⌋ on every side. */
  readonly kernel: number;
  readonly stride: 1 | 2;
  readonly input: MapShape;
  readonly output: MapShape;
}

/**
 * Convolution of an analog map, with the neuron that follows it. Buffers, all borrowed:
 *
 * - `input`: f32[H][W][C]
 * - `weights`: f32[kernel][kernel][channels][⌈outputs/4⌉·4]
 * - `bias`, `membrane`, `fired`: see {@link LayerBuffers}
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/dense-conv.wgsl, and src/reference/dense-conv.ts for the same on the CPU
 */
export async function createDenseConv(
  host: KernelHost,
  options: DenseConvOptions,
): Promise<(buffers: LayerBuffers) => Dispatch> {
  const { kernel, stride, input, output } = options;
  const { height, width, channels } = input;
  const pipeline = await host.pipeline({
    name: 'dense-conv',
    source,
    constants: { KERNEL: kernel, STRIDE: stride, ...epilogueConstants(options) },
  });
  const shape = host.uniform(
    'dense-conv',
    packUniform({
      in_height: height,
      in_width: width,
      in_channels: channels,
      ...epilogueMembers(output, options),
    }),
  );
  const needed = {
    input: 4 * height * width * channels,
    weights: 16 * kernel * kernel * channels * Math.ceil(output.channels / 4),
  };
  const grid = quadGrid(host, output);
  return (buffers) => {
    const bindings = layerBindings(host, 'dense-conv', output, options, needed, buffers);
    return bindDispatch(host, pipeline, [shape, ...bindings], grid);
  };
}
