// Depthwise convolution of spikes, and the neuron that follows it.
//
//   current[y,x,c] = bias[c] + Σ(dy,dx) count[y+dy−P, x+dx−P, c] · weight[dy,dx,c], P = ⌊K/2⌋
//   membrane       = current (+ membrane)
//   fired          = round(clamp(membrane, 0, D)), ties to even
//
//   spikes    u32[H][⌈W/8⌉][C]    spike counts 0..15: nibble i of a word is pixel 8·tile + i, one channel
//   weights   vec4f[K][K][⌈C/4⌉]  for one spike; the neuron's 1/D and the batch norm are folded in
//   bias      vec4f[⌈C/4⌉]
//   membrane  f32[H][W][C]        or f32[C][H][W] if channel_major; thresholds are 0.5, 1.5, ..
//   fired     u32[H][⌈W/8⌉][C]    pixels beyond the map are zero
//
// One invocation owns a tile of 8 pixels and 4 channels. For each row of the kernel it holds three
// words of each channel, a window of 24 pixels that slides under the weights by whole nibbles.
// Source: the depthwise convolutions of BICLab/Spike2Former; batch norms folded.

override KERNEL: u32;  // odd, at most 15
override QUADS: u32;   // workgroup size: groups of 4 channels
override TILES: u32;   // workgroup size: tiles
override PADDING: u32 = KERNEL / 2u;

struct Shape {
  in_stride: u32,        // channels of the spike tensor, of which out_channels are read
  in_offset: u32,        // from this one on
  out_height: u32,       // H
  out_width: u32,        // W
  out_channels: u32,     // C
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

// Adds count · weight to the 8 pixels of a tile; a word and a weight for each channel.
fn add(current: ptr<function, Tile>, words: vec4u, weight: vec4f) {
  (*current)[0] += vec4f(words & vec4u(15u)) * weight;
  (*current)[1] += vec4f((words >> vec4u(4u)) & vec4u(15u)) * weight;
  (*current)[2] += vec4f((words >> vec4u(8u)) & vec4u(15u)) * weight;
  (*current)[3] += vec4f((words >> vec4u(12u)) & vec4u(15u)) * weight;
  (*current)[4] += vec4f((words >> vec4u(16u)) & vec4u(15u)) * weight;
  (*current)[5] += vec4f((words >> vec4u(20u)) & vec4u(15u)) * weight;
  (*current)[6] += vec4f((words >> vec4u(24u)) & vec4u(15u)) * weight;
  (*current)[7] += vec4f(words >> vec4u(28u)) * weight;
}

// Brings the next pixel to the front.
fn next_pixel(t: Tile) -> Tile {
  return Tile(t[1], t[2], t[3], t[4], t[5], t[6], t[7], t[0]);
}

// The words of up to 4 channels; zero for the rest.
fn load(at: u32, channels: u32) -> vec4u {
  var words = vec4u();
  for (var j = 0u; j < channels; j++) { words[j] = spikes[at + j]; }
  return words;
}

fn convolve(row: u32, tile: u32, quad: u32, channels: u32) -> Tile {
  var current: Tile;
  let quads = (shape.out_channels + 3u) / 4u;
  let tiles = (shape.out_width + 7u) / 8u;
  for (var dy = 0u; dy < KERNEL; dy++) {
    let y = row + dy;
    if y < PADDING || y >= shape.out_height + PADDING { continue; }
    let at = ((y - PADDING) * tiles + tile) * shape.in_stride + shape.in_offset + quad * 4u;
    var before = vec4u();
    if tile > 0u { before = load(at - shape.in_stride, channels); }
    var here = load(at, channels);
    var after = vec4u();
    if tile + 1u < tiles { after = load(at + shape.in_stride, channels); }
    if all((before | here | after) == vec4u()) { continue; }

    // Move the window so that its first pixels are those under the leftmost weight.
    for (var i = 0u; i < PADDING; i++) {
      after = (after << vec4u(4u)) | (here >> vec4u(28u));
      here = (here << vec4u(4u)) | (before >> vec4u(28u));
      before <<= vec4u(4u);
    }
    for (var dx = 0u; dx < KERNEL; dx++) {
      add(&current, here, weights[(dy * KERNEL + dx) * quads + quad]);
      here = (here >> vec4u(4u)) | (after << vec4u(28u));
      after >>= vec4u(4u);
    }
  }
  return current;
}

@compute @workgroup_size(QUADS, TILES)
fn main(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u) {
  let quad = group.x * QUADS + local.x;
  let out_tiles = (shape.out_width + 7u) / 8u;
  let index = group.y * TILES + local.y;
  let row = index / out_tiles;
  let tile = index % out_tiles;
  if quad * 4u >= shape.out_channels || row >= shape.out_height { return; }
  let outputs = min(4u, shape.out_channels - quad * 4u);

  var current = convolve(row, tile, quad, outputs);

  // Loops with bounds that the compiler cannot see, and registers that rotate: unrolled, these 32
  // copies of the epilogue take ten times as long to compile.
  let pixels = shape.out_height * shape.out_width;
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
  let out = index * shape.out_channels + quad * 4u;
  for (var j = 0u; j < outputs; j++) {
    fired[out + j] = words.x;
    words = words.yzwx;
  }
}
