import source from '../../shaders/dense-separable.wgsl?raw';
import { SpikesegError } from '../errors.ts';
import { fitsDenseSeparable, type SeparableShape } from '../model/join.ts';
import { WINDOW_BYTES } from '../model/shapes.ts';
import { checkedBuffers, epilogueMembers, type Epilogue, type LayerBuffers } from './epilogue.ts';
import {
  TILE,
  bindDispatch,
  expectCapacity,
  packUniform,
  type Dispatch,
  type KernelHost,
} from './kernel.ts';

export interface DenseSeparableOptions extends SeparableShape, Omit<Epilogue, 'channelMajor'> {
  /** The pointwise weights are in a uniform buffer of WINDOW_BYTES. @defaultValue false */
  readonly uniform?: boolean;
}

/** All borrowed. */
export interface DenseSeparableBuffers extends LayerBuffers {
  /** f32[3][3][channels]. */
  readonly depthwise: GPUBuffer;
}

/**
 * Depthwise 3×3 convolution of an analog map and a pointwise one in groups, with the neuron that follows
 * them: what `dense-depthwise` and `dense-conv` give, to the bit. Buffers, all borrowed:
 *
 * - `input`: f32[H][W][channels]
 * - `depthwise`: f32[3][3][channels]
 * - `weights`: f32[channels/groups][outputs]
 * - `bias`, `membrane`, `fired`: see {@link LayerBuffers}
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`; the latter unless {@link fitsDenseSeparable}
 * @see shaders/dense-separable.wgsl, and src/reference/dense-separable.ts for the same on the CPU
 */
export async function createDenseSeparable(
  host: KernelHost,
  options: DenseSeparableOptions,
): Promise<(buffers: DenseSeparableBuffers) => Dispatch> {
  const { input, output, groups, uniform = false, store = false, accumulate = false } = options;
  const { height, width, channels } = input;
  if (!fitsDenseSeparable(options)) {
    const [from, to] = [input, output].map(
      (map) => `${map.height} × ${map.width} × ${map.channels}`,
    );
    throw new SpikesegError(
      'shape-mismatch',
      `dense-separable: no map of ${from} to one of ${to} in ${groups} groups: of as many pixels, by fours, up to 512 channels and 1024 outputs a group`,
    );
  }
  const contracted = channels / groups;
  const pipeline = await host.pipeline({
    name: 'dense-separable',
    source,
    constants: {
      LANES: 4 * Math.ceil(output.channels / groups / 16), // 4 outputs each, in quads that share
      SIZE: 2 * contracted,
      UNIFORM: Number(uniform),
      SHARED: Number(host.shares),
      MEMBRANE: Number(store || accumulate),
    },
  });
  const shape = host.uniform(
    'dense-separable',
    packUniform({
      in_quads: channels / 4,
      group_in_quads: contracted / 4,
      group_out_quads: output.channels / groups / 4,
      ...epilogueMembers(output, options),
    }),
  );
  const bytes = {
    input: 4 * height * width * channels,
    weights: uniform ? WINDOW_BYTES : 4 * contracted * output.channels,
  };
  const grid = [Math.ceil(width / TILE), height, groups] as const;
  return (buffers) => {
    const { depthwise } = buffers;
    expectCapacity('dense-separable: depthwise', depthwise, 4 * 9 * channels);
    const own = checkedBuffers(host, 'dense-separable', output, options, bytes, buffers);
    const { read, window } = host.absent;
    const bindings = [
      shape,
      own.input,
      depthwise,
      uniform ? read : own.weights,
      own.bias,
      own.membrane,
      own.fired,
      uniform ? own.weights : window,
    ];
    return bindDispatch(host, pipeline, bindings, grid);
  };
}
