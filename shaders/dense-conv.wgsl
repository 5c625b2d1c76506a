// Convolution of an analog map, and the neuron that follows it.
//
//   current[y,x,o]  = bias[o] + Σ(dy,dx,c) input[y·S+dy−P, x·S+dx−P, g·C + c] · weight[dy,dx,c,o]
//   membrane        = current (+ membrane)
//   fired           = round(clamp(membrane, 0, D)), ties to even
//
//   input     f32[H][W][G·C]         o belongs to group g of G; without groups G = 1
//   weights   vec4f[K][K][C][⌈O/4⌉]  the batch norm is folded in
//   bias      vec4f[⌈O/4⌉]
//   membrane  f32[H'][W'][O]         or f32[O][H'][W'] if channel_major; thresholds are 0.5, 1.5, ..
//   fired     u32[H'][⌈W'/8⌉][O]     nibble i of a word is pixel 8·tile + i; beyond the map zero
//
// One invocation owns a tile of 8 pixels and 4 output channels; the lanes of a workgroup walk the
// channels, then the tiles, so that few channels leave no lane idle. The sum runs over dy, dx, c.
// Source: the stem and the pointwise convolutions of BICLab/Spike2Former that no neuron precedes.

override LANES: u32;  // workgroup size
override KERNEL: u32;  // odd
override STRIDE: u32;  // 1 or 2
override PADDING: u32 = KERNEL / 2u;

override MEMBRANE: bool; // the membrane is stored or accumulated

struct Shape {
  in_height: u32,
  in_width: u32,
  in_channels: u32,      // C, of a group
  in_stride: u32,        // G·C
  group_outputs: u32,    // O / G
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
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<vec4f>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> membrane: array<f32>;
@group(0) @binding(5) var<storage, read_write> fired: array<u32>;

alias Tile = array<vec4f, 8>;

// Brings the next pixel to the front.
fn next_pixel(t: Tile) -> Tile {
  return Tile(t[1], t[2], t[3], t[4], t[5], t[6], t[7], t[0]);
}

// Of the input, zero beside the map.
fn input_at(at: u32, x: u32) -> f32 {
  return select(0.0, input[at], x < shape.in_width);
}

fn convolve(row: u32, tile: u32, quad: u32) -> Tile {
  var current: Tile;
  let quads = (shape.out_channels + 3u) / 4u;
  let pixel = STRIDE * shape.in_stride;  // between neighbours of the tile
  let group = quad * 4u / shape.group_outputs * shape.in_channels;
  for (var dy = 0u; dy < KERNEL; dy++) {
    let y = row * STRIDE + dy;
    if y < PADDING || y >= shape.in_height + PADDING { continue; }
    for (var dx = 0u; dx < KERNEL; dx++) {
      // Of the first pixel; left of the map it wraps round and is larger than any width.
      let x = tile * 8u * STRIDE + dx - PADDING;
      var at = ((y - PADDING) * shape.in_width + x) * shape.in_stride + group;
      var tap = (dy * KERNEL + dx) * shape.in_channels * quads + quad;
      for (var c = 0u; c < shape.in_channels; c++) {
        let weight = weights[tap];
        current[0] = fma(vec4f(input_at(at, x)), weight, current[0]);
        current[1] = fma(vec4f(input_at(at + pixel, x + STRIDE)), weight, current[1]);
        current[2] = fma(vec4f(input_at(at + 2u * pixel, x + 2u * STRIDE)), weight, current[2]);
        current[3] = fma(vec4f(input_at(at + 3u * pixel, x + 3u * STRIDE)), weight, current[3]);
        current[4] = fma(vec4f(input_at(at + 4u * pixel, x + 4u * STRIDE)), weight, current[4]);
        current[5] = fma(vec4f(input_at(at + 5u * pixel, x + 5u * STRIDE)), weight, current[5]);
        current[6] = fma(vec4f(input_at(at + 6u * pixel, x + 6u * STRIDE)), weight, current[6]);
        current[7] = fma(vec4f(input_at(at + 7u * pixel, x + 7u * STRIDE)), weight, current[7]);
        at++;
        tap += quads;
      }
    }
  }
  return current;
}

// Spike counts of membrane potentials, ties to even. The lowest bits of 2²³ + n are n: to read them is
// cheaper than a conversion that minds every float.
fn spike_counts(potential: vec4f) -> vec4u {
  return bitcast<vec4u>(round(clamp(potential, vec4f(), vec4f(shape.levels))) + 8388608.0) & vec4u(15u);
}

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

  // A bound that the compiler cannot see, and registers that rotate: unrolled, the copies of this loop
  // took ten times as long to compile.
  let offset = bias[quad];
  let pixels = shape.out_height * shape.out_width;
  let outputs = min(4u, shape.out_channels - quad * 4u);
  let first = row * shape.out_width + tile * 8u;
  var words = vec4u();
  for (var i = 0u; i < min(8u, shape.out_width - tile * 8u); i++) {
    var value = current[0] + offset;
    if MEMBRANE {
      for (var j = 0u; j < 4u; j++) {
        let o = quad * 4u + j;
        if o < shape.out_channels {
          let at = select((first + i) * shape.out_channels + o, o * pixels + first + i, shape.channel_major != 0u);
          if shape.accumulate != 0u { value.x += membrane[at]; }
          if shape.store != 0u { membrane[at] = value.x; }
        }
        value = value.yzwx;
      }
    }
    let counts = spike_counts(value);
    words |= counts << vec4u(4u * i);
    current = next_pixel(current);
  }
  if shape.fire == 0u { return; }
  let out = (row * out_tiles + tile) * shape.out_channels + quad * 4u;
  for (var j = 0u; j < outputs; j++) {
    fired[out + j] = words.x;
    words = words.yzwx;
  }
}
