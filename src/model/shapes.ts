/** Height and width of a map, in pixels. */
export interface Size {
  readonly height: number;
  readonly width: number;
}

/** A map of `channels` channels. Lists of N tokens are maps of height 1 and width N. */
export interface MapShape extends Size {
  readonly channels: number;
}

/** Channels that are read four at a time: f32 [..][n] is stored as [..][padded(n)]. */
export function padded(channels: number): number {
  return Math.ceil(channels / 4) * 4;
}

/** Pixels of one row that share a spike word, a nibble each. */
export const TILE = 8;

/** Bytes of a spike tensor: one u32 for each tile of 8 pixels and each channel. */
export function spikeBytes(height: number, width: number, channels: number): number {
  return 4 * height * Math.ceil(width / TILE) * channels;
}

/** Weights up to this size can be read as uniform memory; the guaranteed limit of WebGPU. */
export const WINDOW_BYTES = 65_536;

/** Size of what a layer of this stride writes: a stride of 2 maps n to ⌈n/2⌉. */
export function strided({ height, width }: Size, stride: number): Size {
  return { height: Math.ceil(height / stride), width: Math.ceil(width / stride) };
}
