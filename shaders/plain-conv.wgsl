// Convolution of spikes or of an analog map, and the neuron that follows it: what spike-conv,
// spike-pointwise, spike-depthwise and dense-conv do, slower, but soon compiled.
//
//   current[y,x,o]  = bias[o] + Σ(dy,c,dx) input[y·S+dy−P, x·S+dx−P, g·C + c] · weight[dy,dx,c,o]
//                     (+ coarse at the source of y,x)
//   membrane        = current (+ membrane)
//   fired           = round(clamp(membrane, 0, D)), ties to even
//   source(o)       = max((o + 0.5) · step − 0.5, 0), step = coarse size / size, of y and of x
//
//   input     u32[H][⌈W/8⌉][..]    spike counts 0..15: nibble i of a word is pixel 8·tile + i, one channel
//             or f32[H][W][..]     o belongs to group g of G; depthwise, o is its own group and C = 1
//   weights   vec4f[K][K][C][⌈O/4⌉]  the batch norm, and a neuron's 1/D, are folded in
//   bias      vec4f[⌈O/4⌉]
//   membrane  f32[H'][W'][O]       or f32[O][H'][W'] if channel_major; thresholds are 0.5, 1.5, ..
//   fired     u32[H'][⌈W'/8⌉][O]   pixels beyond the map are zero
//   coarse    vec4f[h][w][O/4]     a coarser map, upsampled bilinearly (align_corners = false)
//
// One invocation owns a tile of 8 pixels and 4 output channels of one group. It sums in the same order
// as the kernels that take its place, so that their results are its own.
// Source: the convolutions of BICLab/Spike2Former; batch norms folded. The coarser map:
// torch.nn.functional.interpolate, mode bilinear.

override LANES: u32;      // workgroup size
override SPIKES: bool;    // the input is spike words
override DEPTHWISE: bool; // spikes only

struct Shape {
  in_height: u32,
  in_width: u32,
  in_channels: u32,      // C, of a group
  in_stride: u32,        // channels of the input tensor
  in_offset: u32,        // of spikes: read from this one on
  kernel: u32,           // K, odd
  stride: u32,           // S, 1 or 2
  group_outputs: u32,    // of each group but the last, which has the others; a multiple of 4 if G > 1
  last_group: u32,       // G − 1
  coarse_height: u32,    // 0: there is none
  coarse_width: u32,
  step_y: f32,           // at most 1
  step_x: f32,
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
@group(0) @binding(1) var<storage, read> input: array<u32>;
@group(0) @binding(2) var<storage, read> weights: array<vec4f>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> membrane: array<f32>;
@group(0) @binding(5) var<storage, read_write> fired: array<u32>;
@group(0) @binding(6) var<storage, read> coarse: array<vec4f>;

alias Tile = array<vec4f, 8>;

// Of the spikes, zero beside the map.
fn word(y: u32, tile: u32, channel: u32) -> u32 {
  let tiles = (shape.in_width + 7u) / 8u;
  return select(0u, input[(y * tiles + tile) * shape.in_stride + shape.in_offset + channel], tile < tiles);
}

// The spike counts of 8 pixels from x on, which may begin left of the map.
fn counts_from(y: u32, x: i32, channel: u32) -> u32 {
  let tile = bitcast<u32>(x >> 3u);
  let shift = 4u * u32(x & 7);
  let near = word(y, tile, channel) >> shift;
  if shift == 0u { return near; }
  return near | (word(y, tile + 1u, channel) << (32u - shift));
}

// Those that each of 4 output channels sees.
fn quad_from(y: u32, x: i32, channel: u32) -> vec4u {
  let first = counts_from(y, x, channel);
  if !DEPTHWISE { return vec4u(first); }
  return vec4u(first, counts_from(y, x, channel + 1u), counts_from(y, x, channel + 2u), counts_from(y, x, channel + 3u));
}

// What lies under a tap: where it meets the first of the 8 pixels, and of spikes the counts from there on.
struct Tap { y: u32, x: i32, channel: u32, near: vec4u, far: vec4u }

fn tap_at(y: u32, x: i32, channel: u32) -> Tap {
  var tap = Tap(y, x, channel, vec4u(), vec4u());
  if SPIKES {
    tap.near = quad_from(y, x, channel);
    if shape.stride > 1u { tap.far = quad_from(y, x + 8, channel); }
  }
  return tap;
}

// What a pixel sees under it.
fn seen(tap: Tap, pixel: u32) -> vec4f {
  let at = pixel * shape.stride;
  let shift = 4u * (at % 8u);
  if DEPTHWISE { return vec4f((select(tap.near, tap.far, at > 7u) >> vec4u(shift)) & vec4u(15u)); }
  if SPIKES { return vec4f(f32((select(tap.near.x, tap.far.x, at > 7u) >> shift) & 15u)); }
  // Left of the map the column wraps round and is too large.
  let column = bitcast<u32>(tap.x) + at;
  let value = bitcast<f32>(input[(tap.y * shape.in_width + column) * shape.in_stride + tap.channel]);
  return vec4f(select(0.0, value, column < shape.in_width));
}

fn add(tile: ptr<function, Tile>, tap: Tap, w: vec4f) {
  (*tile)[0] = fma(seen(tap, 0u), w, (*tile)[0]);
  (*tile)[1] = fma(seen(tap, 1u), w, (*tile)[1]);
  (*tile)[2] = fma(seen(tap, 2u), w, (*tile)[2]);
  (*tile)[3] = fma(seen(tap, 3u), w, (*tile)[3]);
  (*tile)[4] = fma(seen(tap, 4u), w, (*tile)[4]);
  (*tile)[5] = fma(seen(tap, 5u), w, (*tile)[5]);
  (*tile)[6] = fma(seen(tap, 6u), w, (*tile)[6]);
  (*tile)[7] = fma(seen(tap, 7u), w, (*tile)[7]);
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

// The coarser map at column x, between the two rows around y.
fn coarse_column(y: f32, x: u32, quad: u32) -> vec4f {
  let quads = shape.out_channels / 4u;
  let upper = u32(y);
  let lower = min(upper + 1u, shape.coarse_height - 1u);
  let column = min(x, shape.coarse_width - 1u);
  let above = coarse[(upper * shape.coarse_width + column) * quads + quad];
  let below = coarse[(lower * shape.coarse_width + column) * quads + quad];
  return mix(above, below, y - f32(upper));
}

fn coarse_at(row: u32, column: u32, quad: u32) -> vec4f {
  let y = max((f32(row) + 0.5) * shape.step_y - 0.5, 0.0);
  let x = max((f32(column) + 0.5) * shape.step_x - 0.5, 0.0);
  let left = u32(x);
  return mix(coarse_column(y, left, quad), coarse_column(y, left + 1u, quad), x - f32(left));
}

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let lane = id.y * grid.x * LANES + id.x;  // the host folds long grids into y
  let quads = (shape.out_channels + 3u) / 4u;
  let tiles = (shape.out_width + 7u) / 8u;
  let quad = lane % quads;
  let tile = lane / quads % tiles;
  let row = lane / quads / tiles;
  if row >= shape.out_height { return; }

  let padding = shape.kernel / 2u;
  let column = tile * 8u;
  let group = min(quad * 4u / shape.group_outputs, shape.last_group);
  let channel = select(group * shape.in_channels, quad * 4u, DEPTHWISE);
  var current: Tile;
  for (var dy = 0u; dy < shape.kernel; dy++) {
    let y = row * shape.stride + dy;
    if y < padding || y >= shape.in_height + padding { continue; }
    for (var c = 0u; c < shape.in_channels; c++) {
      for (var dx = 0u; dx < shape.kernel; dx++) {
        let w = weights[((dy * shape.kernel + dx) * shape.in_channels + c) * quads + quad];
        add(&current, tap_at(y - padding, i32(column * shape.stride + dx) - i32(padding), channel + c), w);
      }
    }
  }

  let offset = bias[quad];
  let pixels = shape.out_height * shape.out_width;
  let outputs = min(4u, shape.out_channels - quad * 4u);
  let first = row * shape.out_width;
  let inside = min(column + 8u, shape.out_width) - column;
  var words = vec4u();
  for (var i = 0u; i < inside; i++) {
    let x = column + i;
    if shape.coarse_height > 0u { current[0] += coarse_at(row, x, quad); }
    var value = current[0] + offset;
    for (var j = 0u; j < 4u; j++) {
      let o = quad * 4u + j;
      if o < shape.out_channels {
        let at = select((first + x) * shape.out_channels + o, o * pixels + first + x, shape.channel_major != 0u);
        if shape.accumulate != 0u { value.x += membrane[at]; }
        if shape.store != 0u { membrane[at] = value.x; }
      }
      value = value.yzwx;
    }
    let counts = spike_counts(value);
    words |= counts << vec4u(4u * i);
    current = next_pixel(current);
  }
  if shape.fire != 0u {
    let out = (row * tiles + tile) * shape.out_channels + quad * 4u;
    for (var j = 0u; j < outputs; j++) {
      fired[out + j] = words.x;
      words = words.yzwx;
    }
  }
}
