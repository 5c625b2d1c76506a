import source from '../../shaders/dense-depthwise.wgsl?raw';
import type { MapShape } from './epilogue.ts';
import { wordGrid } from './grid.ts';
import {
  bindDispatch,
  expectCapacity,
  packUniform,
  type Dispatch,
  type KernelHost,
} from './kernel.ts';

/** All are borrowed; maps are f32[H][W][C]. */
export interface DenseDepthwiseBuffers {
  readonly input: GPUBuffer;
  /** f32[3][3][⌈C/4⌉·4]. */
  readonly weights: GPUBuffer;
  readonly output: GPUBuffer;
}

/**
 * Depthwise 3×3 convolution of an analog map, zero padded; the output has the input's shape.
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/dense-depthwise.wgsl, and src/reference/dense-depthwise.ts for the same on the CPU
 */
export async function createDenseDepthwise(
  host: KernelHost,
  { height, width, channels }: MapShape,
): Promise<(buffers: DenseDepthwiseBuffers) => Dispatch> {
  const pipeline = await host.pipeline({
    name: 'dense-depthwise',
    source,
    constants: { LANES: host.lanes },
  });
  const shape = host.uniform('dense-depthwise', packUniform({ height, width, channels }));
  const grid = wordGrid(host, { height: Math.ceil(height / 2), width, channels }); // two rows a lane
  const bytes = 4 * height * width * channels;
  return ({ input, weights, output }) => {
    expectCapacity('dense-depthwise: input', input, bytes);
    expectCapacity('dense-depthwise: weights', weights, 9 * 16 * Math.ceil(channels / 4));
    expectCapacity('dense-depthwise: output', output, bytes);
    return bindDispatch(host, pipeline, [shape, input, weights, output], grid);
  };
}
