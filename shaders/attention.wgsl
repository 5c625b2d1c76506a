// Softmax-free attention on spikes, q (kᵀ v), and the neuron that follows it.
//
//   key_value[h, i, o] = Σ(m) k[m, h·d + i] · v[m, h·d + o]           exact, i32
//   sum[n, h·d + o]    = Σ(i) q[n, h·d + i] · key_value[h, i, o]      exact, i32
//   membrane           = f32(sum) · scale (+ membrane)
//   fired              = round(clamp(membrane, 0, D)), ties to even
//
//   q         u32[H][⌈W/8⌉][C]    spike counts 0..15 of the tokens n, eight pixels a word
//   k, v      u32[H'][⌈W'/8⌉][C]  of the tokens m; pixels beyond the map hold no spikes
//   membrane  f32[H][W][heads·d]
//   fired     u32[H][⌈W/8⌉][heads·d]  pixels beyond the map are zero
//
// One workgroup owns 4 output channels of one head. First it makes their columns of kᵀ v: a lane owns 4 × 4
// sums over a share of the tiles of k and v, and the shares are added up. Then a lane owns every LANES-th
// tile of 8 pixels of q.
// Source: the attention of BICLab/Spike2Former, re-associated.

override LANES: u32;     // workgroup size
override ROWS: u32;      // of workgroup memory: 4 · LANES, or more if d is more
override MEMBRANE: bool; // the membrane is stored or accumulated

struct Shape {
  height: u32,      // of q
  width: u32,
  key_tiles: u32,   // words of one channel of k and v
  heads: u32,
  head_width: u32,  // d
  q_stride: u32,    // channels of the tensor
  q_offset: u32,    // the first that is read
  k_stride: u32,
  k_offset: u32,
  v_stride: u32,
  v_offset: u32,
  scale: f32,       // with the 1/D of q, k and v
  levels: f32,      // D
  accumulate: u32,  // add to what the membrane holds
  store: u32,       // write the membrane
  fire: u32,        // write the spikes
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> q: array<u32>;
@group(0) @binding(2) var<storage, read> k: array<u32>;
@group(0) @binding(3) var<storage, read> v: array<u32>;
@group(0) @binding(4) var<storage, read_write> membrane: array<f32>;
@group(0) @binding(5) var<storage, read_write> fired: array<u32>;

// [share][i] of the four output channels. Once added up, the first share is the whole. Drivers may take
// long to translate its clearing: it is no larger than it must be.
var<workgroup> key_value: array<vec4u, ROWS>;

alias Tile = array<vec4i, 8>;

// Σ of the products of the eight counts of a word with those of four others, whose halves are exchanged:
// of two words with a count in each half, a · 2¹⁶ + b and d · 2¹⁶ + c, the product is (a·c + b·d) · 2¹⁶ + b·c,
// and a·d · 2³² is cut off. Four such sums, of at most 4 · 2 · 15², do not overflow 16 bits.
fn products(word: u32, exchanged: vec4u) -> vec4u {
  const PAIR = 0x000f000fu;
  let sums = (word & PAIR) * (exchanged & vec4u(PAIR))
    + ((word >> 4u) & PAIR) * ((exchanged >> vec4u(4u)) & vec4u(PAIR))
    + ((word >> 8u) & PAIR) * ((exchanged >> vec4u(8u)) & vec4u(PAIR))
    + ((word >> 12u) & PAIR) * ((exchanged >> vec4u(12u)) & vec4u(PAIR));
  return sums >> vec4u(16u);
}

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
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let d = shape.head_width;
  let o = group.x * 4u;
  let head = group.y * d;
  let outputs = min(4u, d - o);

  // An item is a block of 4 key channels, over a share of the tiles: as many shares as there are lanes for.
  let blocks = (d + 3u) / 4u;
  let shares = max(1u, min(LANES / blocks, shape.key_tiles));
  for (var item = lane; item < blocks * shares; item += LANES) {
    let i = item % blocks * 4u;
    let inputs = min(4u, d - i);
    var row_0 = vec4u();
    var row_1 = vec4u();
    var row_2 = vec4u();
    var row_3 = vec4u();
    for (var tile = item / blocks; tile < shape.key_tiles; tile += shares) {
      var values = vec4u();
      let value = tile * shape.v_stride + shape.v_offset + head + o;
      for (var c = 0u; c < outputs; c++) { values[c] = v[value + c]; }
      values = (values << vec4u(16u)) | (values >> vec4u(16u));
      var keys = vec4u();
      let key = tile * shape.k_stride + shape.k_offset + head + i;
      for (var r = 0u; r < inputs; r++) { keys[r] = k[key + r]; }
      row_0 += products(keys.x, values);
      row_1 += products(keys.y, values);
      row_2 += products(keys.z, values);
      row_3 += products(keys.w, values);
    }
    let row = item * 4u;
    key_value[row] = row_0;
    key_value[row + 1u] = row_1;
    key_value[row + 2u] = row_2;
    key_value[row + 3u] = row_3;
  }
  workgroupBarrier();
  for (var i = lane; i < d; i += LANES) {
    var sum = key_value[i];
    for (var share = 1u; share < shares; share++) { sum += key_value[share * blocks * 4u + i]; }
    key_value[i] = sum;
  }
  workgroupBarrier();

  let channels = shape.heads * d;
  let channel = head + o;
  let row_tiles = (shape.width + 7u) / 8u;
  for (var index = lane; index < shape.height * row_tiles; index += LANES) {
    let row = index / row_tiles;
    let tile = index % row_tiles;
    var sum = Tile();
    let first = index * shape.q_stride + shape.q_offset + head;
    for (var i = 0u; i < d; i++) {
      let word = q[first + i];
      if word != 0u { add(&sum, word, vec4i(key_value[i])); }
    }

    // Bounds that the compiler cannot see keep it from unrolling 32 copies of the loop's body.
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
    if shape.fire == 0u { continue; }
    for (var j = 0u; j < outputs; j++) {
      fired[index * channels + channel + j] = words.x;
      words = words.yzwx;
    }
  }
}
