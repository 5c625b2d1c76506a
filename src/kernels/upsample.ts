import source from '../../shaders/upsample.wgsl?raw';
import { SpikesegError } from '../errors.ts';
import type { MapShape } from './epilogue.ts';
import { quadGrid } from './grid.ts';
import {
  bindDispatch,
  expectCapacity,
  packUniform,
  type Dispatch,
  type KernelHost,
} from './kernel.ts';

export interface UpsampleOptions {
  /** The channels are a multiple of 4. */
  readonly input: MapShape;
  /** Of as many channels; no side shorter than that of the input. */
  readonly output: MapShape;
}

/** All borrowed; f32 maps, channels last. */
export interface UpsampleBuffers {
  readonly input: GPUBuffer;
  readonly output: GPUBuffer;
}

/**
 * Bilinear upsampling of an analog map, align_corners = false.
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/upsample.wgsl, and src/reference/upsample.ts for the same on the CPU
 */
export async function createUpsample(
  host: KernelHost,
  { input, output }: UpsampleOptions,
): Promise<(buffers: UpsampleBuffers) => Dispatch> {
  if (output.channels % 4 !== 0) {
    throw new SpikesegError(
      'shape-mismatch',
      `upsample: takes channels by fours, but the map has ${output.channels}`,
    );
  }
  const pipeline = await host.pipeline({
    name: 'upsample',
    source,
    constants: { LANES: host.lanes },
  });
  const shape = host.uniform(
    'upsample',
    packUniform({
      in_height: input.height,
      in_width: input.width,
      out_height: output.height,
      out_width: output.width,
      quads: output.channels / 4,
      step_y: { f32: input.height / output.height },
      step_x: { f32: input.width / output.width },
    }),
  );
  const elements = ({ height, width, channels }: MapShape) => height * width * channels;
  const grid = quadGrid(host, output);
  return (buffers) => {
    expectCapacity('upsample: input', buffers.input, 4 * elements(input));
    expectCapacity('upsample: output', buffers.output, 4 * elements(output));
    return bindDispatch(host, pipeline, [shape, buffers.input, buffers.output], grid);
  };
}
