/** Spike counts of one neuron layer of a golden, [C][H][W]. */
export interface Counts {
  readonly values: ArrayLike<number>;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** A convolution of a state dict, as it reads its input. */
export interface Convolution {
  readonly outputs: number;
  /** Input channels that one output reads. */
  readonly contracted: number;
  readonly kernel: number;
  readonly stride: number;
}

/**
 * Walks over every output of a padded convolution and adds up the spikes that it reads, weight by
 * weight, with the number of multiplications that a dense layer would do in their place.
 */
export function convolve(input: Counts, conv: Convolution) {
  const { values, channels, height, width } = input;
  const { outputs, contracted, kernel, stride } = conv;
  const pad = (kernel - 1) / 2;
  const groups = channels / contracted;
  let [accumulates, macs] = [0, 0];
  for (let y = -pad; y + kernel <= height + pad; y += stride)
    for (let x = -pad; x + kernel <= width + pad; x += stride)
      for (let ky = y; ky < y + kernel; ky++)
        for (let kx = x; kx < x + kernel; kx++) {
          if (ky < 0 || ky >= height || kx < 0 || kx >= width) continue;
          for (let c = 0; c < channels; c++) {
            // Every output of the channel's own group reads it.
            accumulates += (values[(c * height + ky) * width + kx] ?? NaN) * (outputs / groups);
            macs += outputs / groups;
          }
        }
  return { accumulates, macs };
}
