/** CPU twin of shaders/unroll.wgsl: who fires in a virtual timestep, from 1 on. */
export function unroll(counts: Uint8Array, step: number): Uint8Array {
  return counts.map((count) => Number(count >= step));
}
