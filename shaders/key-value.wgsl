// KᵀV of spiking attention, exact: how often key channel i and value channel o fire together.
//
//   sums[h][i][o] = Σ(pixels n) k[n, h·d + i] · v[n, h·d + o] (+ sums[h][i][o])
//
//   k, v   u32[H][⌈W/8⌉][C]  spike counts 0..15, eight pixels a word; d channels of each head are read
//   sums   i32[heads][d][d]
//
// One workgroup makes a block of 4 × 4 sums of one head: its lanes share the tiles out among
// themselves, then add up. Pixels beyond the map hold no spikes, so every word counts whole.
// Source: the softmax-free attention of BICLab/Spike2Former.

override LANES: u32;

struct Shape {
  tiles: u32,      // words of one channel
  head_width: u32, // d
  k_stride: u32,   // channels of the tensor
  k_offset: u32,   // the first that is read
  v_stride: u32,
  v_offset: u32,
  accumulate: u32, // add to what the sums hold
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> k: array<u32>;
@group(0) @binding(2) var<storage, read> v: array<u32>;
@group(0) @binding(3) var<storage, read_write> sums: array<i32>;

var<workgroup> partial: array<array<vec4u, 4>, LANES>;

// Σ of the products of the eight nibbles of a and of b.
fn products(a: u32, b: u32) -> u32 {
  const LOW = 0x0f0f0f0fu;
  return dot4U8Packed(a & LOW, b & LOW) + dot4U8Packed((a >> 4u) & LOW, (b >> 4u) & LOW);
}

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let d = shape.head_width;
  let head = group.z;
  let i = group.y * 4u;
  let o = group.x * 4u;
  let rows = min(4u, d - i);
  let columns = min(4u, d - o);

  var block = array<vec4u, 4>();
  for (var tile = lane; tile < shape.tiles; tile += LANES) {
    var values = vec4u();
    let value = tile * shape.v_stride + shape.v_offset + head * d + o;
    for (var c = 0u; c < columns; c++) { values[c] = v[value + c]; }
    let key = tile * shape.k_stride + shape.k_offset + head * d + i;
    for (var r = 0u; r < rows; r++) {
      let word = k[key + r];
      block[r] += vec4u(
        products(word, values.x),
        products(word, values.y),
        products(word, values.z),
        products(word, values.w),
      );
    }
  }
  partial[lane] = block;
  workgroupBarrier();

  // One lane for each sum of the block; in any order the integers add up to the same.
  if lane >= 16u { return; }
  let r = lane / 4u;
  let c = lane % 4u;
  if r >= rows || c >= columns { return; }
  var sum = 0u;
  for (var other = 0u; other < LANES; other++) { sum += partial[other][r][c]; }
  let at = (head * d + i + r) * d + o + c;
  if shape.accumulate != 0u { sum += u32(sums[at]); }
  sums[at] = i32(sum);
}
