// Leaky integrate-and-fire neurons, one timestep.
//
//   potential  = state + (current − state) / tau
//   fired      = potential ≥ threshold
//   state      = 0 if fired, else potential
//
//   current    f32[H][W][C]
//   state      f32[H][W][C]        what the last timestep left; updated in place
//   potential  f32[H][W][C]        before the reset, for inspection
//   fired      u32[H][⌈W/8⌉][C]    nibble i of a word is pixel 8·tile + i: 0 or 1; beyond the map zero
//
// One invocation owns a word: 8 pixels of one channel. Neighbouring lanes are neighbouring channels.
// Source: the LIF neuron of spikingjelly (decaying input, hard reset to 0), as in Spike-Driven
// Transformer V2.

override LANES: u32;  // workgroup size

struct Shape {
  height: u32,
  width: u32,
  channels: u32,
  rate: f32,       // 1 / tau
  threshold: f32,
  store: u32,      // write the potential
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> current: array<f32>;
@group(0) @binding(2) var<storage, read_write> state: array<f32>;
@group(0) @binding(3) var<storage, read_write> potential: array<f32>;
@group(0) @binding(4) var<storage, read_write> fired: array<u32>;

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let word = id.y * grid.x * LANES + id.x;  // the host folds long grids into y
  let tiles = (shape.width + 7u) / 8u;
  let c = word % shape.channels;
  let tile = (word / shape.channels) % tiles;
  let row = word / shape.channels / tiles;
  if row >= shape.height { return; }

  var at = (row * shape.width + tile * 8u) * shape.channels + c;
  var spikes = 0u;
  for (var i = 0u; i < min(8u, shape.width - tile * 8u); i++) {
    let before = state[at];
    let v = before + (current[at] - before) * shape.rate;
    let fires = v >= shape.threshold;
    state[at] = select(v, 0.0, fires);
    if shape.store != 0u { potential[at] = v; }
    spikes |= u32(fires) << (4u * i);
    at += shape.channels;
  }
  fired[word] = spikes;
}
