// The integer neuron on its own: an analog map, an offset, spikes.
//
//   v      = membrane[y,x,c] (+ offset[(y·W + x) mod rows, c])
//   twice:   and once more without the offset, in the channels C + c of what fires
//   fired  = round(clamp(v, 0, D)), ties to even
//   gated:   v = sigmoid(that); below 1, so that the neuron fires once if v > 0.5 and never twice
//
//   membrane   f32[H][W][C]        or f32[C][H][W] if channel_major; thresholds are 0.5, 1.5, ..
//   offset     f32[rows][C]        one row: a constant of each channel; H·W rows: a position code
//   potential  f32[H][W][F]        v, for inspection; f32[C][H][W] if channel_major
//   fired      u32[H][⌈W/8⌉][F]    F = C or, twice, 2·C; nibble i of a word is pixel 8·tile + i; beyond the map zero
//
// One invocation owns 8 pixels of one channel. Neighbouring lanes are neighbouring channels.
// Source: BICLab/Spike2Former, class MultiSpike_norm4; the head spikes behind a sigmoid.

override LANES: u32;  // workgroup size

struct Shape {
  height: u32,
  width: u32,
  channels: u32,       // C
  fired_channels: u32, // F; not twice if channel_major
  offset_rows: u32,    // 0: no offset
  levels: f32,         // D
  channel_major: u32,
  gate: u32,
  store: u32,          // write v
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> membrane: array<f32>;
@group(0) @binding(2) var<storage, read> offset: array<f32>;
@group(0) @binding(3) var<storage, read_write> potential: array<f32>;
@group(0) @binding(4) var<storage, read_write> fired: array<u32>;

// The largest f32 whose sigmoid, 1 / (1 + exp(−v)) with every step rounded, is still 0.5. `exp` of a
// GPU is too inexact to tell.
const GATE_THRESHOLD = 0x1.8p-24f;

// The spike count of a membrane potential, ties to even. The lowest bits of 2²³ + n are n: to read them
// is cheaper than a conversion that minds every float.
fn spike_count(potential: f32) -> u32 {
  return bitcast<u32>(round(clamp(potential, 0.0, shape.levels)) + 8388608.0) & 15u;
}

fn sigmoid(v: f32) -> f32 {
  return 1.0 / (1.0 + exp(-v));
}

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let word = id.y * grid.x * LANES + id.x;  // the host folds long grids into y
  let tiles = (shape.width + 7u) / 8u;
  let index = word / shape.channels;
  let c = word - index * shape.channels;
  let row = index / tiles;
  let column = (index - row * tiles) * 8u;
  if row >= shape.height { return; }

  let first = row * shape.width + column;
  var at = first * shape.channels + c;
  var step = shape.channels;
  var to = first * shape.fired_channels + c;
  var stride = shape.fired_channels;
  if shape.channel_major != 0u {
    at = c * shape.height * shape.width + first;
    step = 1u;
    to = at;
    stride = 1u;
  }
  let twice = shape.fired_channels > shape.channels;
  let gated = shape.gate != 0u;
  var line = first % shape.offset_rows;  // of the offset, which repeats
  var counts = 0u;
  var unshifted = 0u;
  for (var x = column; x < min(column + 8u, shape.width); x++) {  // eight at most, but not unrolled
    let own = membrane[at];
    var v = own;
    if shape.offset_rows != 0u { v += offset[line * shape.channels + c]; }
    line = select(line + 1u, 0u, line + 1u == shape.offset_rows);
    let shift = 4u * (x - column);
    counts |= select(spike_count(v), u32(v > GATE_THRESHOLD), gated) << shift;
    unshifted |= select(spike_count(own), u32(own > GATE_THRESHOLD), gated) << shift;
    // In the branch, which is rarely taken: the sigmoid was a fifth of the loop.
    if shape.store != 0u {
      potential[to] = select(v, sigmoid(v), gated);
      if twice { potential[to + shape.channels] = select(own, sigmoid(own), gated); }
    }
    at += step;
    to += stride;
  }
  let out = index * shape.fired_channels + c;
  fired[out] = counts;
  if twice { fired[out + shape.channels] = unshifted; }
}
