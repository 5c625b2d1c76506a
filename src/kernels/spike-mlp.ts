import source from '../../shaders/spike-mlp.wgsl?raw';
import { SpikesegError } from '../errors.ts';
import { fitsSpikeMlp, type MlpShape } from '../model/join.ts';
import { WINDOW_BYTES } from '../model/shapes.ts';
import { epilogueMembers, inSharedQuads, type Epilogue } from './epilogue.ts';
import { groupGrid } from './grid.ts';
import {
  TILE,
  bindDispatch,
  expectCapacity,
  packUniform,
  spikeBytes,
  type Dispatch,
  type KernelHost,
} from './kernel.ts';

export interface SpikeMlpOptions extends MlpShape, Epilogue {
  /** D of the neuron between the layers, and of the one behind them. */
  readonly levels: number;
  /** There is a neuron behind the second layer, too. @defaultValue false */
  readonly fire?: boolean | undefined;
  /** The weights of either layer lie in a buffer of WINDOW_BYTES that may be bound as uniform. @defaultValue neither */
  readonly uniform?: readonly [boolean, boolean];
}

/** All borrowed. Pairs are of the first layer and of the second. */
export interface SpikeMlpBuffers {
  /** Spike words u32[H][⌈W/8⌉][stride]. */
  readonly input: GPUBuffer;
  /** f32[channels][hidden] and f32[hidden][outputs], for one spike. */
  readonly weights: readonly [GPUBuffer, GPUBuffer];
  /** f32[hidden] and f32[outputs]. */
  readonly bias: readonly [GPUBuffer, GPUBuffer];
  /** Spike words of the neuron between the layers; always written. */
  readonly hidden: GPUBuffer;
  /** f32 map; needed to store or accumulate. */
  readonly membrane?: GPUBuffer | undefined;
  /** Spike words; needed to fire. */
  readonly fired?: GPUBuffer | undefined;
}

/**
 * Two pointwise (1×1) convolutions of spikes, with the neurons that follow them: the same bits as two
 * dispatches of spike-pointwise.
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/spike-mlp.wgsl, and src/reference/spike-mlp.ts for the same on the CPU
 */
export async function createSpikeMlp(
  host: KernelHost,
  options: SpikeMlpOptions,
): Promise<(buffers: SpikeMlpBuffers) => Dispatch> {
  const { input, hidden, output, fire = false, uniform = [false, false] } = options;
  const { height, width, channels, stride = channels, offset = 0 } = input;
  if (height !== output.height || width !== output.width) {
    throw new SpikesegError(
      'shape-mismatch',
      `spike-mlp: ${height} × ${width} pixels do not become ${output.height} × ${output.width}`,
    );
  }
  if (!fitsSpikeMlp(options)) {
    throw new SpikesegError(
      'shape-mismatch',
      `spike-mlp: channels come by fours, and so do the ${width} pixels of a row if channel major, but ` +
        `${channels} of ${stride} from ${offset} on become ${hidden}, then ${output.channels}`,
    );
  }
  const shared = [hidden, output.channels].every((count) =>
    inSharedQuads(host, { height, width, channels: count }),
  );
  const pipeline = await host.pipeline({
    name: 'spike-mlp',
    source,
    constants: {
      LANES: host.lanes,
      UNIFORM_1: Number(uniform[0]),
      UNIFORM_2: Number(uniform[1]),
      SHARED: Number(shared),
    },
  });
  const shape = host.uniform(
    'spike-mlp',
    packUniform({
      in_channels: channels,
      in_stride: stride,
      in_offset: offset,
      hidden_channels: hidden,
      ...epilogueMembers(output, options),
      fire, // levels alone are of the first neuron
    }),
  );
  const { store = false, accumulate = false } = options;
  const pixels = height * width;
  const weightBytes = [4 * channels * hidden, 4 * hidden * output.channels] as const;
  const grid = groupGrid(host, Math.ceil((height * Math.ceil(width / TILE)) / 2));
  return (buffers) => {
    const { read, write, write2, window } = host.absent;
    const { weights, bias, membrane = write, fired = write2 } = buffers;
    const expect = (what: string, buffer: GPUBuffer, bytes: number) =>
      expectCapacity(`spike-mlp: ${what}`, buffer, bytes);
    expect('input', buffers.input, spikeBytes(height, width, stride));
    expect('first weights', weights[0], uniform[0] ? WINDOW_BYTES : weightBytes[0]);
    expect('first bias', bias[0], 4 * hidden);
    expect('hidden', buffers.hidden, spikeBytes(height, width, hidden));
    expect('second weights', weights[1], uniform[1] ? WINDOW_BYTES : weightBytes[1]);
    expect('second bias', bias[1], 4 * output.channels);
    expect('membrane', membrane, store || accumulate ? 4 * pixels * output.channels : 0);
    expect('fired', fired, fire ? spikeBytes(height, width, output.channels) : 0);
    const bindings = [
      shape,
      buffers.input,
      uniform[0] ? read : weights[0],
      bias[0],
      buffers.hidden,
      uniform[1] ? read : weights[1],
      bias[1],
      membrane,
      fired,
      uniform[0] ? weights[0] : window,
      uniform[1] ? weights[1] : window,
    ];
    return bindDispatch(host, pipeline, bindings, grid);
  };
}
