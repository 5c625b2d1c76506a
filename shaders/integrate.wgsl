// A residual: a current that is already there is added to a membrane, which may fire.
//
//   membrane[i] += gain[i mod C] · current[i]
//   fired        = round(clamp(membrane, 0, D)), ties to even
//
//   current   f32[H·W·C]          flat: whatever its layout was, it is read again as [H][W][C]
//   gain      f32[C]
//   membrane  f32[H][W][C]        updated in place; thresholds are 0.5, 1.5, ..
//   fired     u32[H][⌈W/8⌉][C]    nibble i of a word is pixel 8·tile + i; beyond the map zero
//
// One invocation owns a word: 8 pixels of one channel. Neighbouring lanes are neighbouring channels.
// Source: the encoder MLP of BICLab/Spike2Former and its layer scale; it reshapes without permuting.

override LANES: u32;  // workgroup size

struct Shape {
  height: u32,
  width: u32,
  channels: u32,
  levels: f32,      // D
  fire: u32,        // write the spikes
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> current: array<f32>;
@group(0) @binding(2) var<storage, read> gain: array<f32>;
@group(0) @binding(3) var<storage, read_write> membrane: array<f32>;
@group(0) @binding(4) var<storage, read_write> fired: array<u32>;

// The spike count of a membrane potential, ties to even. The lowest bits of 2²³ + n are n: to read them
// is cheaper than a conversion that minds every float.
fn spike_count(potential: f32) -> u32 {
  return bitcast<u32>(round(clamp(potential, 0.0, shape.levels)) + 8388608.0) & 15u;
}

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let word = id.y * grid.x * LANES + id.x;  // the host folds long grids into y
  let tiles = (shape.width + 7u) / 8u;
  let c = word % shape.channels;
  let tile = (word / shape.channels) % tiles;
  let row = word / shape.channels / tiles;
  if row >= shape.height { return; }

  let factor = gain[c];
  var at = (row * shape.width + tile * 8u) * shape.channels + c;
  var counts = 0u;
  for (var i = 0u; i < min(8u, shape.width - tile * 8u); i++) {
    let v = membrane[at] + factor * current[at];
    membrane[at] = v;
    counts |= spike_count(v) << (4u * i);
    at += shape.channels;
  }
  if shape.fire != 0u { fired[word] = counts; }
}
