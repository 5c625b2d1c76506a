// Convolution of spikes, 1×1 or 3×3, and the neuron that follows it.
//
//   current[y,x,o]  = bias[o] + Σ(dy,dx,c) count[y·S+dy−P, x·S+dx−P, c] · weight[dy,dx,c,o]
//   membrane        = current (+ membrane)
//   fired           = round(clamp(membrane, 0, D)), ties to even
//
//   spikes    u32[H][⌈W/8⌉][C]    spike counts 0..15: nibble i of a word is pixel 8·tile + i, one channel
//   weights   vec4f[K][K][C][⌈O/4⌉]  for one spike; the neuron's 1/D and the batch norm are folded in
//   bias      vec4f[⌈O/4⌉]
//   membrane  f32[H'][W'][O]      or f32[O][H'][W'] if channel_major; thresholds are 0.5, 1.5, ..
//   fired     u32[H'][⌈W'/8⌉][O]  pixels beyond the map are zero
//
// One invocation owns a tile of 8 pixels and 4 output channels. Neighbouring lanes are neighbouring
// channels of one tile, so a word that is zero is skipped by all of them alike: the work follows the
// spikes.
// Source: the spiking convolutions of BICLab/Spike2Former; batch norms folded.

override KERNEL: u32;  // 1 or 3
override STRIDE: u32;  // 1 or 2
override PADDING: u32 = KERNEL / 2u;

struct Shape {
  in_height: u32,
  in_width: u32,
  in_channels: u32,      // C, contracted here
  in_stride: u32,        // channels of the spike tensor, of which C are read
  in_offset: u32,        // from this one on
  out_height: u32,
  out_width: u32,
  out_channels: u32,     // O
  levels: f32,           // D
  accumulate: u32,       // add to what the membrane holds
  channel_major: u32,
  store: u32,            // write the membrane
  fire: u32,             // write the spikes
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> spikes: array<u32>;
@group(0) @binding(2) var<storage, read> weights: array<vec4f>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> membrane: array<f32>;
@group(0) @binding(5) var<storage, read_write> fired: array<u32>;

alias Tile = array<vec4f, 8>;

// Adds count · weight to the 8 pixels of a tile.
fn add(current: ptr<function, Tile>, word: u32, weight: vec4f) {
  (*current)[0] += f32(word & 15u) * weight;
  (*current)[1] += f32((word >> 4u) & 15u) * weight;
  (*current)[2] += f32((word >> 8u) & 15u) * weight;
  (*current)[3] += f32((word >> 12u) & 15u) * weight;
  (*current)[4] += f32((word >> 16u) & 15u) * weight;
  (*current)[5] += f32((word >> 20u) & 15u) * weight;
  (*current)[6] += f32((word >> 24u) & 15u) * weight;
  (*current)[7] += f32(word >> 28u) * weight;
}

// Brings the next pixel to the front.
fn next_pixel(t: Tile) -> Tile {
  return Tile(t[1], t[2], t[3], t[4], t[5], t[6], t[7], t[0]);
}

// Nibbles 0, 2, 4, 6 of a word, moved together into its lower half.
fn even_nibbles(word: u32) -> u32 {
  let pairs = (word & 0x000f000fu) | ((word >> 4u) & 0x00f000f0u);
  return (pairs & 0xffu) | ((pairs >> 8u) & 0xff00u);
}

fn convolve(row: u32, tile: u32, quad: u32) -> Tile {
  var current: Tile;
  let quads = (shape.out_channels + 3u) / 4u;
  let in_tiles = (shape.in_width + 7u) / 8u;
  let centre = tile * STRIDE;  // the input tile under output pixel 0
  for (var dy = 0u; dy < KERNEL; dy++) {
    let y = row * STRIDE + dy;
    if y < PADDING || y >= shape.in_height + PADDING { continue; }
    let first = ((y - PADDING) * in_tiles + centre) * shape.in_stride + shape.in_offset;
    for (var c = 0u; c < shape.in_channels; c++) {
      let at = first + c;
      let here = spikes[at];
      let tap = (dy * KERNEL * shape.in_channels + c) * quads + quad;
      if KERNEL == 1u && STRIDE == 1u {
        if here != 0u { add(&current, here, weights[tap]); }
        continue;
      }
      let next_tap = shape.in_channels * quads;
      var before = 0u;
      if centre > 0u { before = spikes[at - shape.in_stride]; }
      var after = 0u;
      if centre + 1u < in_tiles { after = spikes[at + shape.in_stride]; }
      // The counts under taps dx = 0, 1, 2 of the 8 output pixels.
      var left: u32;
      var middle: u32;
      var right: u32;
      if STRIDE == 1u {
        left = (here << 4u) | (before >> 28u);
        middle = here;
        right = (here >> 4u) | (after << 28u);
      } else {
        middle = even_nibbles(here) | (even_nibbles(after) << 16u);
        right = even_nibbles(here >> 4u) | (even_nibbles(after >> 4u) << 16u);
        left = (right << 4u) | (before >> 28u);
      }
      if left != 0u { add(&current, left, weights[tap]); }
      if middle != 0u { add(&current, middle, weights[tap + next_tap]); }
      if right != 0u { add(&current, right, weights[tap + 2u * next_tap]); }
    }
  }
  return current;
}

const LANES = 64u;

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let lane = id.y * grid.x * LANES + id.x;  // the host folds long grids into y
  let quads = (shape.out_channels + 3u) / 4u;
  let out_tiles = (shape.out_width + 7u) / 8u;
  let quad = lane % quads;
  let tile = (lane / quads) % out_tiles;
  let row = lane / quads / out_tiles;
  if row >= shape.out_height { return; }

  var current = convolve(row, tile, quad);

  // Loops with bounds that the compiler cannot see, and registers that rotate: unrolled, these 32
  // copies of the epilogue took ten times as long to compile.
  let pixels = shape.out_height * shape.out_width;
  let outputs = min(4u, shape.out_channels - quad * 4u);
  let first = row * shape.out_width + tile * 8u;
  var words = vec4u();
  for (var i = 0u; i < min(8u, shape.out_width - tile * 8u); i++) {
    var value = current[0] + bias[quad];
    for (var j = 0u; j < outputs; j++) {
      let o = quad * 4u + j;
      let at = select((first + i) * shape.out_channels + o, o * pixels + first + i, shape.channel_major != 0u);
      var v = value.x;
      if shape.accumulate != 0u { v += membrane[at]; }
      if shape.store != 0u { membrane[at] = v; }
      let count = u32(round(clamp(v, 0.0, shape.levels)));
      words |= select(vec4u(), vec4u(count << (4u * i)), vec4u(0u, 1u, 2u, 3u) == vec4u(j));
      value = value.yzwx;
    }
    current = next_pixel(current);
  }
  if shape.fire == 0u { return; }
  let out = (row * out_tiles + tile) * shape.out_channels + quad * 4u;
  for (var j = 0u; j < outputs; j++) {
    fired[out + j] = words.x;
    words = words.yzwx;
  }
}
