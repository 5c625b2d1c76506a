import { padded } from '../../src/model/class-blocks.ts';

/** f32[..][channels] as f32[..][⌈channels/4⌉·4], padded with `filler`. */
export function padChannels(channels: number, values: Float32Array, filler = 0) {
  const stride = padded(channels);
  return new Float32Array((values.length / channels) * stride).map((_, i) => {
    const channel = i % stride;
    return channel < channels
      ? (values[Math.floor(i / stride) * channels + channel] ?? NaN)
      : filler;
  });
}
