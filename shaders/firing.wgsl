// How a neuron layer fired: a histogram of its spike counts, and their sums over either axis.
//
//   histogram[k] += units that fired k spikes, k = 1..D   (k = 0 is the rest of the units)
//   channels[c]  += Σ over y, x of count[y,x,c]
//   map[y,x]     += Σ over c of count[y,x,c]
//
//   spikes  u32[H][⌈W/8⌉][stride]   nibble i of a word is pixel 8·tile + i; beyond the map zero
//   sums    u32                     from `at`: histogram u32[16], channels u32[C], map u16[H][8·⌈W/8⌉]
//
// One invocation owns 4 tiles in up to 16 channels, every `chunks`-th one, so that neighbouring
// lanes read neighbouring words. Bytes hold its sums for each pixel: 16 channels of 15 spikes fit.
// Two pixels of the map share a word, so that one atomic adds to both.
// Everything is an exact integer, whatever the order in which the invocations add.

override LANES: u32;  // workgroup size

struct Shape {
  height: u32,
  width: u32,
  channels: u32, // C
  stride: u32,   // channels of the tensor
  offset: u32,   // the first that is read
  levels: u32,   // D
  at: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> spikes: array<u32>;
@group(0) @binding(2) var<storage, read_write> sums: array<atomic<u32>>;

const CHUNK = 16u;
const LEVELS = 16u;
const LOW = 0x0f0f0f0fu;
const UNIT = 0x11111111u; // one in each nibble

var<workgroup> histogram: array<atomic<u32>, LEVELS>;

// How many of the 32 nibbles equal k.
fn units(words: vec4u, k: u32) -> u32 {
  var bits = words ^ vec4u(k * UNIT);
  bits |= bits >> vec4u(1u);
  bits |= bits >> vec4u(2u);
  let equal = ~bits & vec4u(UNIT);
  return countOneBits(equal.x | (equal.y << 1u) | (equal.z << 2u) | (equal.w << 3u));
}

fn units4(words: vec4u, k: u32) -> vec4u {
  return vec4u(
    units(words, k),
    units(words, k + 1u),
    units(words, k + 2u),
    units(words, k + 3u),
  );
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(local_invocation_index) lane: u32,
  @builtin(num_workgroups) grid: vec3u,
) {
  let tiles = shape.height * ((shape.width + 7u) / 8u);
  let chunks = (shape.channels + CHUNK - 1u) / CHUNK;
  let invocation = id.y * grid.x * LANES + id.x; // the host folds long grids into y
  let first = invocation / chunks * 4u;
  let own = vec4u(first) + vec4u(0u, 1u, 2u, 3u);
  let exists = own < vec4u(tiles);
  let word = min(own, vec4u(tiles - 1u)) * shape.stride + shape.offset;

  var even = vec4u(); // bytes: pixels 0, 2, 4, 6 of each tile
  var odd = vec4u();
  // Units of 1..4, 5..8, .. spikes. Not an array: it would live in memory.
  var found1 = vec4u();
  var found5 = vec4u();
  var found9 = vec4u();
  var found13 = vec4u();
  let end = select(0u, shape.channels, first < tiles); // idle lanes meet the barrier too
  for (var c = invocation % chunks; c < end; c += chunks) {
    let at = word + c;
    let read = vec4u(spikes[at.x], spikes[at.y], spikes[at.z], spikes[at.w]);
    let words = select(vec4u(), read, exists);
    if all(words == vec4u()) { continue; }
    let low = words & vec4u(LOW);
    let high = (words >> vec4u(4u)) & vec4u(LOW);
    even += low;
    odd += high;
    let pairs = low + high;
    let bytes = pairs.x + pairs.y + pairs.z + pairs.w;
    atomicAdd(&sums[shape.at + LEVELS + c], dot4U8Packed(bytes, 0x01010101u));
    found1 += units4(words, 1u);
    if shape.levels > 4u { found5 += units4(words, 5u); }
    if shape.levels > 8u { found9 += units4(words, 9u); }
    if shape.levels > 12u { found13 += units4(words, 13u); }
  }

  let found = array<vec4u, 4>(found1, found5, found9, found13);
  for (var k = 0u; k < shape.levels; k++) {
    let count = found[k / 4u][k % 4u];
    if count > 0u { atomicAdd(&histogram[k + 1u], count); }
  }
  let map = shape.at + LEVELS + shape.channels;
  for (var tile = first; tile < min(first + 4u, tiles); tile++) {
    for (var pair = 0u; pair < 4u; pair++) {
      let left = (even.x >> (8u * pair)) & 255u;
      let right = (odd.x >> (8u * pair)) & 255u;
      atomicAdd(&sums[map + tile * 4u + pair], left | (right << 16u));
    }
    even = even.yzwx;
    odd = odd.yzwx;
  }

  workgroupBarrier();
  if lane < LEVELS {
    let count = atomicLoad(&histogram[lane]);
    if count > 0u { atomicAdd(&sums[shape.at + lane], count); }
  }
}
