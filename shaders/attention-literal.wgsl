// Attention on spikes in the order of the original, (q kᵀ) v, and the neuron that follows it. It
// proves the re-associated kernels right, and is only that: cost grows with queries × keys.
//
//   score[n, m]          = f32(Σ(i) q[n, h·d + i] · k[m, h·d + i]) · score_scale
//   membrane[n, h·d+o]   = Σ(m) score[n, m] · v[m, h·d + o] · value_scale
//   fired                = round(clamp(membrane, 0, D)), ties to even
//
//   q          u32[H][⌈W/8⌉][C]    spike counts of the queries, eight pixels a word
//   k, v       u32[H'][⌈W'/8⌉][C]  of the keys and values
//   membrane   f32[H][W][heads·d]
//   fired      u32[H][⌈W/8⌉][heads·d]
//
// One invocation owns one channel of a tile of 8 queries.
// Source: the decoder's attention of BICLab/Spike2Former.

override LANES: u32;

struct Shape {
  height: u32,       // of the queries
  width: u32,
  key_height: u32,
  key_width: u32,
  channels: u32,     // heads · d
  head_width: u32,   // d
  q_stride: u32,     // channels of the tensor
  q_offset: u32,     // the first that is read
  k_stride: u32,
  k_offset: u32,
  v_stride: u32,
  v_offset: u32,
  score_scale: f32,
  value_scale: f32,
  levels: f32,       // D
  store: u32,        // write the membrane
  fire: u32,         // write the spikes
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> q: array<u32>;
@group(0) @binding(2) var<storage, read> k: array<u32>;
@group(0) @binding(3) var<storage, read> v: array<u32>;
@group(0) @binding(4) var<storage, read_write> membrane: array<f32>;
@group(0) @binding(5) var<storage, read_write> fired: array<u32>;

fn count(word: u32, pixel: u32) -> u32 {
  return (word >> (4u * pixel)) & 15u;
}

// The spike count of a membrane potential, ties to even. The lowest bits of 2²³ + n are n: to read them
// is cheaper than a conversion that minds every float.
fn spike_count(potential: f32) -> u32 {
  return bitcast<u32>(round(clamp(potential, 0.0, shape.levels)) + 8388608.0) & 15u;
}

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let channel = id.x;
  let tiles = (shape.width + 7u) / 8u;
  let row = id.y / tiles;
  let tile = id.y % tiles;
  if channel >= shape.channels || row >= shape.height { return; }
  let head = channel / shape.head_width * shape.head_width;
  let query = id.y * shape.q_stride + shape.q_offset + head;
  let key_tiles = (shape.key_width + 7u) / 8u;

  var words = 0u;
  for (var n = 0u; n < min(8u, shape.width - tile * 8u); n++) {
    var sum = 0.0;
    for (var y = 0u; y < shape.key_height; y++) {
      for (var x = 0u; x < shape.key_width; x++) {
        let key = (y * key_tiles + x / 8u);
        let at = key * shape.k_stride + shape.k_offset + head;
        var score = 0u;
        for (var i = 0u; i < shape.head_width; i++) {
          score += count(q[query + i], n) * count(k[at + i], x % 8u);
        }
        let value = count(v[key * shape.v_stride + shape.v_offset + channel], x % 8u);
        sum += (f32(score) * shape.score_scale) * (f32(value) * shape.value_scale);
      }
    }
    let pixel = row * shape.width + tile * 8u + n;
    if shape.store != 0u { membrane[pixel * shape.channels + channel] = sum; }
    words |= spike_count(sum) << (4u * n);
  }
  if shape.fire != 0u { fired[id.y * shape.channels + channel] = words; }
}
