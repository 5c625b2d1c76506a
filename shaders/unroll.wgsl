// Spikes of one virtual timestep, from spike counts in unary code: of D timesteps, a unit with
// count k fires in the first k.
//
//   spikes[nibble] = 1 if counts[nibble] ≥ step, else 0;  Σ over step = 1..D of them is the count
//
//   counts  u32[words]  spike counts 0..15, eight to a word
//   spikes  u32[words]  as counts: 0 or 1
//
// One invocation owns a word.

override LANES: u32;  // workgroup size

struct Shape {
  words: u32,
  step: u32,   // 1..15
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> counts: array<u32>;
@group(0) @binding(2) var<storage, read_write> spikes: array<u32>;

// Of four nibbles, each in a byte of its own: adding 16 − step carries into bit 4 from `step` on.
fn reached(nibbles: u32) -> u32 {
  return ((nibbles + (16u - shape.step) * 0x01010101u) >> 4u) & 0x01010101u;
}

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let at = id.y * grid.x * LANES + id.x;  // the host folds long grids into y
  if at >= shape.words { return; }
  let word = counts[at];
  let even = reached(word & 0x0f0f0f0fu);
  let odd = reached((word >> 4u) & 0x0f0f0f0fu);
  spikes[at] = even | (odd << 4u);
}
