import { WINDOW_BYTES, spikeBytes, type MapShape, type Size } from '../model/shapes.ts';
import { expectCapacity, type KernelHost } from './kernel.ts';

export type { MapShape, Size } from '../model/shapes.ts';

/** Channels [offset, offset + channels) of a spike tensor that has `stride` of them. */
export interface SpikeSlice extends MapShape {
  /** @defaultValue channels */
  readonly stride?: number;
  /** @defaultValue 0 */
  readonly offset?: number;
}

/**
 * What a layer does with its current, in registers, before anything is written: the membrane
 * potential is integrated, the neuron fires.
 */
export interface Epilogue {
  /** D: the neuron fires 0..D spikes, and `fired` is written. Absent: no neuron here. */
  readonly levels?: number | undefined;
  /** Write the membrane potential. @defaultValue false */
  readonly store?: boolean | undefined;
  /** Add to the membrane potential that is there (a residual). @defaultValue false */
  readonly accumulate?: boolean | undefined;
  /** The membrane is [channels][height][width] instead of [height][width][channels]. @defaultValue false */
  readonly channelMajor?: boolean | undefined;
}

/** The tensors of a layer with an epilogue; all are borrowed. */
export interface LayerBuffers {
  /** Spikes or analog map, as the kernel says. */
  readonly input: GPUBuffer;
  readonly weights: GPUBuffer;
  /** f32, one for each output channel, padded to a multiple of 4. */
  readonly bias: GPUBuffer;
  /** f32 map; needed to store or accumulate. */
  readonly membrane?: GPUBuffer | undefined;
  /** Spike words; needed to fire. */
  readonly fired?: GPUBuffer | undefined;
}

/**
 * The overrides that every shader with an epilogue has: how it reads the membrane. By fours (2) where
 * the layout allows, by floats (1), or not at all (0).
 */
export function epilogueConstants({ channels }: MapShape, epilogue: Epilogue) {
  const { store = false, accumulate = false, channelMajor = false } = epilogue;
  if (!store && !accumulate) return { MEMBRANE: 0 };
  return { MEMBRANE: channelMajor || channels % 4 !== 0 ? 1 : 2 };
}

/** The members that end the `Shape` struct of every shader with an epilogue. */
export function epilogueMembers(output: MapShape, epilogue: Epilogue) {
  return {
    out_height: output.height,
    out_width: output.width,
    out_channels: output.channels,
    levels: { levels: epilogue.levels ?? 0 },
    accumulate: epilogue.accumulate ?? false,
    channel_major: epilogue.channelMajor ?? false,
    store: epilogue.store ?? false,
    fire: epilogue.levels !== undefined,
  };
}

/** The members of a `Shape` struct that tell of a coarser map that is added; all 0 if there is none. */
export function coarseMembers({ height, width }: Size, coarse: Size | undefined) {
  return {
    coarse_height: coarse?.height ?? 0,
    coarse_width: coarse?.width ?? 0,
    step_y: { f32: (coarse?.height ?? 0) / height },
    step_x: { f32: (coarse?.width ?? 0) / width },
  };
}

/** Whether a slice can be read 4 channels at a time. */
export function inQuads({ channels, stride = channels, offset = 0 }: SpikeSlice): boolean {
  return [channels, stride, offset].every((count) => count % 4 === 0);
}

/** Whether four neighbouring lanes, with 4 output channels each, have the same pixels and can share. */
export function inSharedQuads(host: KernelHost, { channels }: MapShape): boolean {
  return host.shares && Math.ceil(channels / 4) % 4 === 0;
}

/** What a layer reads, and from which of its bindings. */
interface LayerReads {
  /** Bytes of the input. */
  readonly input: number;
  /** Bytes of the weights in storage. */
  readonly weights: number;
  /** The weights are in a uniform buffer of WINDOW_BYTES instead. */
  readonly uniform: boolean;
  /** The input is read by fours, by a binding of its own; undefined where there is none. */
  readonly quads?: boolean;
}

/**
 * The buffers of a layer, with the host's stand-ins for those that are absent.
 * @param bytes - of the input and the weights
 * @throws SpikesegError `shape-mismatch` naming kernel and tensor if one is missing or too short
 */
export function checkedBuffers(
  host: KernelHost,
  name: string,
  { height, width, channels }: MapShape,
  { store = false, accumulate = false, levels }: Epilogue,
  bytes: { readonly input: number; readonly weights: number },
  buffers: LayerBuffers,
) {
  const { input, weights, bias } = buffers;
  const { membrane = host.absent.write, fired = host.absent.write2 } = buffers;
  const expect = (what: string, buffer: GPUBuffer, bytes: number) =>
    expectCapacity(`${name}: ${what}`, buffer, bytes);
  expect('membrane', membrane, store || accumulate ? 4 * height * width * channels : 0);
  expect('input', input, bytes.input);
  expect('weights', weights, bytes.weights);
  expect('bias', bias, 16 * Math.ceil(channels / 4));
  expect('fired', fired, levels === undefined ? 0 : spikeBytes(height, width, channels));
  return { input, weights, bias, membrane, fired };
}

/**
 * The buffers in the order of the bindings: 1 input, 2 weights, 3 bias, 4 membrane, 5 fired, 6 membrane
 * by fours, 7 uniform weights, 8 input by fours; absent ones replaced by the host's stand-ins.
 * @throws SpikesegError `shape-mismatch` naming kernel and tensor if one is missing or too short
 */
export function layerBindings(
  host: KernelHost,
  name: string,
  output: MapShape,
  epilogue: Epilogue,
  { uniform, quads, ...reads }: LayerReads,
  buffers: LayerBuffers,
): GPUBuffer[] {
  const bytes = { ...reads, weights: uniform ? WINDOW_BYTES : reads.weights };
  const own = checkedBuffers(host, name, output, epilogue, bytes, buffers);
  const { input, weights, bias, membrane, fired } = own;
  const { read, write, write3, window } = host.absent;
  const { MEMBRANE } = epilogueConstants(output, epilogue);
  return [
    quads ? read : input,
    uniform ? read : weights,
    bias,
    MEMBRANE === 1 ? membrane : write,
    fired,
    MEMBRANE === 2 ? membrane : write3,
    uniform ? weights : window,
    ...(quads === undefined ? [] : [quads ? input : read]),
  ];
}
