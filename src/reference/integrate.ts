import { integrate } from './epilogue.ts';
import type { Shape } from './maps.ts';

/** CPU twin of shaders/integrate.wgsl: the membrane f32[H][W][C] after it, and the counts fired. */
export function integrateCurrent(
  current: Float32Array,
  membrane: Float32Array,
  shape: Shape,
  { gain, levels }: { readonly gain: Float32Array; readonly levels?: number },
) {
  const scaled = current.map((value, i) => value * (gain[i % shape.channels] ?? NaN));
  return integrate(scaled, shape, { membrane, ...(levels !== undefined && { levels }) });
}
