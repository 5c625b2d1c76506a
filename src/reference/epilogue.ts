import type { Shape } from './maps.ts';
import { fire } from './rounding.ts';

/** What follows the current of a layer; the twin of the epilogue that the layer kernels share. */
export interface Epilogue {
  readonly levels?: number;
  /** The membrane potential before, in the output's layout. */
  readonly membrane?: Float32Array;
  readonly channelMajor?: boolean;
}

/**
 * Integrates `current` f32[H][W][C] (bias included).
 * Returns the membrane in the layout asked for, and the counts fired, [H][W][C].
 */
export function integrate(current: Float32Array, shape: Shape, epilogue: Epilogue) {
  const { height, width, channels } = shape;
  const { levels, channelMajor = false } = epilogue;
  const membrane = new Float32Array(current.length);
  const fired = new Uint8Array(current.length);
  for (let pixel = 0; pixel < height * width; pixel++)
    for (let c = 0; c < channels; c++) {
      const i = pixel * channels + c;
      const at = channelMajor ? c * height * width + pixel : i;
      let v = current[i] ?? NaN;
      if (epilogue.membrane) v = Math.fround(v + (epilogue.membrane[at] ?? NaN));
      membrane[at] = v;
      if (levels !== undefined) fired[i] = fire(v, levels);
    }
  return { membrane, fired };
}
