// Softmax-free attention on spikes, q (kᵀ v), and the neuron that follows it.
//
//   sum[n, h·d + o] = Σ(i) q[n, h·d + i] · key_value[h][i][o]      exact, i32
//   membrane        = f32(sum) · scale (+ membrane)
//   fired           = round(clamp(membrane, 0, D)), ties to even
//
//   q          u32[H][⌈W/8⌉][C]  spike counts 0..15, eight pixels a word
//   key_value  i32[heads][d][d]
//   membrane   f32[H][W][heads·d]
//   fired      u32[H][⌈W/8⌉][heads·d]  pixels beyond the map are zero
//
// One invocation owns a tile of 8 pixels and 4 output channels of one head.
// Source: the attention of BICLab/Spike2Former, re-associated.

override LANES: u32;  // workgroup size
override MEMBRANE: bool; // the membrane is stored or accumulated

struct Shape {
  height: u32,
  width: u32,
  heads: u32,
  head_width: u32,  // d
  q_stride: u32,    // channels of the tensor
  q_offset: u32,    // the first that is read
  scale: f32,       // with the 1/D of q, k and v
  levels: f32,      // D
  accumulate: u32,  // add to what the membrane holds
  store: u32,       // write the membrane
  fire: u32,        // write the spikes
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> q: array<u32>;
@group(0) @binding(2) var<storage, read> key_value: array<i32>;
@group(0) @binding(3) var<storage, read_write> membrane: array<f32>;
@group(0) @binding(4) var<storage, read_write> fired: array<u32>;

alias Tile = array<vec4i, 8>;

// Adds count · weight to the 8 pixels of a tile.
fn add(sum: ptr<function, Tile>, word: u32, weight: vec4i) {
  (*sum)[0] += i32(word & 15u) * weight;
  (*sum)[1] += i32((word >> 4u) & 15u) * weight;
  (*sum)[2] += i32((word >> 8u) & 15u) * weight;
  (*sum)[3] += i32((word >> 12u) & 15u) * weight;
  (*sum)[4] += i32((word >> 16u) & 15u) * weight;
  (*sum)[5] += i32((word >> 20u) & 15u) * weight;
  (*sum)[6] += i32((word >> 24u) & 15u) * weight;
  (*sum)[7] += i32(word >> 28u) * weight;
}

// Brings the next pixel to the front.
fn next_pixel(t: Tile) -> Tile {
  return Tile(t[1], t[2], t[3], t[4], t[5], t[6], t[7], t[0]);
}

// Spike counts of membrane potentials, ties to even. The lowest bits of 2²³ + n are n: to read them is
// cheaper than a conversion that minds every float.
fn spike_counts(potential: vec4f) -> vec4u {
  return bitcast<vec4u>(round(clamp(potential, vec4f(), vec4f(shape.levels))) + 8388608.0) & vec4u(15u);
}

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let lane = id.y * grid.x * LANES + id.x;  // the host folds long grids into y
  let d = shape.head_width;
  let head_quads = (d + 3u) / 4u;
  let quads = shape.heads * head_quads;
  let head = lane % quads / head_quads;
  let o = lane % head_quads * 4u;
  let tiles = (shape.width + 7u) / 8u;
  let index = lane / quads;
  let row = index / tiles;
  let tile = index % tiles;
  if row >= shape.height { return; }
  let outputs = min(4u, d - o);

  var sum: Tile;
  let first = index * shape.q_stride + shape.q_offset + head * d;
  for (var i = 0u; i < d; i++) {
    let word = q[first + i];
    if word == 0u { continue; }
    let at = (head * d + i) * d + o;
    var weight = vec4i();
    for (var j = 0u; j < outputs; j++) { weight[j] = key_value[at + j]; }
    add(&sum, word, weight);
  }

  // Bounds that the compiler cannot see keep it from unrolling 32 copies of the loop's body.
  let channels = shape.heads * d;
  let channel = head * d + o;
  var words = vec4u();
  for (var i = 0u; i < min(8u, shape.width - tile * 8u); i++) {
    var value = vec4f(sum[0]) * shape.scale;
    if MEMBRANE {
      let pixel = row * shape.width + tile * 8u + i;
      for (var j = 0u; j < 4u; j++) {
        if j < outputs {
          let at = pixel * channels + channel + j;
          if shape.accumulate != 0u { value.x += membrane[at]; }
          if shape.store != 0u { membrane[at] = value.x; }
        }
        value = value.yzwx;
      }
    }
    let counts = spike_counts(value);
    words |= counts << vec4u(4u * i);
    sum = next_pixel(sum);
  }
  if shape.fire == 0u { return; }
  for (var j = 0u; j < outputs; j++) {
    fired[index * channels + channel + j] = words.x;
    words = words.yzwx;
  }
}
