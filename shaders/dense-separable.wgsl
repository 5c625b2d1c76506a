// Separable convolution of an analog map, depthwise 3×3 and then pointwise in groups, and the neuron that
// follows it: what dense-depthwise and then dense-conv do, to the bit, with no map between them.
//
//   spread[y,x,c]   = Σ(dy,dx) input[y+dy−1, x+dx−1, c] · depthwise[dy,dx,c]      zero padded
//   current[y,x,o]  = bias[o] + Σ(c) spread[y, x, g·C + c] · weight[c,o]
//   membrane        = current (+ membrane)
//   fired           = round(clamp(membrane, 0, D)), ties to even
//
//   input      vec4f[H][W][G·C/4]      o belongs to group g of G
//   depthwise  vec4f[3][3][G·C/4]
//   weights    vec4f[C][O/4]           the batch norm is folded in
//   bias       vec4f[O/4]
//   membrane   vec4f[H][W][O/4]        thresholds are 0.5, 1.5, ..
//   fired      vec4u[H][⌈W/8⌉][O/4]    nibble i of a word is pixel 8·tile + i; beyond the map zero
//
// One workgroup owns a tile of 8 pixels in one group. First its lanes share out the channels by fours, and
// spread them to workgroup memory; then each owns 4 outputs, so that a weight serves 8 pixels. There four
// neighbouring lanes load the inputs, which are the same for all, together, where the device has subgroups.
// Source: the last two steps of RepConv of BICLab/Spike2Former.

enable subgroups;

override LANES: u32;     // workgroup size: O/G/4 or more, a multiple of 4 if SHARED
override SIZE: u32;      // of the workgroup's memory, 2·C
override UNIFORM: bool;  // read the weights from `window`
override SHARED: bool;   // quads of lanes load together
override MEMBRANE: bool; // it is stored or accumulated

struct Shape {
  in_quads: u32,         // G·C/4
  group_in_quads: u32,   // C/4
  group_out_quads: u32,  // O/G/4
  out_height: u32,       // H
  out_width: u32,        // W
  out_channels: u32,     // O
  levels: f32,           // D
  accumulate: u32,       // add to what the membrane holds
  channel_major: u32,    // 0: the membrane comes by fours
  store: u32,            // write the membrane
  fire: u32,             // write the spikes
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> input: array<vec4f>;
@group(0) @binding(2) var<storage, read> depthwise: array<vec4f>;
@group(0) @binding(3) var<storage, read> weights: array<vec4f>;
@group(0) @binding(4) var<storage, read> bias: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> membrane: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> fired: array<vec4u>;

// Weights that fit 64 KiB are read from here: uniform memory is cheaper.
@group(0) @binding(7) var<uniform> window: array<vec4f, 4096>;

// Of each quad of channels, the 8 pixels.
var<workgroup> spread: array<vec4f, SIZE>;

alias Tile = array<vec4f, 8>;

// Of the input, zero beside the map: left of it and above it, x or y wraps round and is too large.
fn input_at(y: u32, x: u32, quad: u32) -> vec4f {
  let inside = x < shape.out_width && y < shape.out_height;
  return select(vec4f(), input[(y * shape.out_width + x) * shape.in_quads + quad], inside);
}

// The last three of a row, with one more.
fn push(row: mat3x4f, next: vec4f) -> mat3x4f {
  return mat3x4f(row[1], row[2], next);
}

// Adds a row of taps, the last one first.
fn add_row(inputs: mat3x4f, taps: mat3x4f, sum: vec4f) -> vec4f {
  return fma(inputs[0], taps[0], fma(inputs[1], taps[1], fma(inputs[2], taps[2], sum)));
}

// Spreads one quad of the input to 8 pixels, from `column` on, of quad `to` of workgroup memory. Both loops
// push what they load through registers, since they are not unrolled: copies of the loads would take longer
// to compile than all the rest.
fn spread_quad(row: u32, column: u32, quad: u32, to: u32) {
  var taps_above = mat3x4f();
  var taps_level = mat3x4f();
  var taps_below = mat3x4f();
  for (var at = quad; at < 9u * shape.in_quads; at += shape.in_quads) {
    taps_above = push(taps_above, taps_level[0]);
    taps_level = push(taps_level, taps_below[0]);
    taps_below = push(taps_below, depthwise[at]);
  }
  var above = mat3x4f();
  var level = mat3x4f();
  var below = mat3x4f();
  for (var x = column; x < column + 10u; x++) {
    above = push(above, input_at(row - 1u, x - 1u, quad));
    level = push(level, input_at(row, x - 1u, quad));
    below = push(below, input_at(row + 1u, x - 1u, quad));
    if x >= column + 2u {
      let sum = add_row(level, taps_level, add_row(above, taps_above, vec4f()));
      spread[to * 8u + x - column - 2u] = add_row(below, taps_below, sum);
    }
  }
}

fn weight(at: u32) -> vec4f {
  if UNIFORM { return window[at]; }
  return weights[at];
}

// Of 4 channels and a quad of outputs, a column for each channel.
fn weights_from(at: u32) -> mat4x4f {
  let pitch = shape.out_channels / 4u;
  return mat4x4f(weight(at), weight(at + pitch), weight(at + 2u * pitch), weight(at + 3u * pitch));
}

// Of a quad of channels, the 8 pixels; `part`, 0 to 3, is the lane's place in its quad.
fn read_spread(inputs: ptr<function, Tile>, quad: u32, part: u32) {
  let at = quad * 8u;
  if SHARED {
    let even = spread[at + 2u * part];
    let odd = spread[at + 2u * part + 1u];
    *inputs = Tile(
      quadBroadcast(even, 0u), quadBroadcast(odd, 0u), quadBroadcast(even, 1u), quadBroadcast(odd, 1u),
      quadBroadcast(even, 2u), quadBroadcast(odd, 2u), quadBroadcast(even, 3u), quadBroadcast(odd, 3u),
    );
  } else {
    *inputs = Tile(
      spread[at], spread[at + 1u], spread[at + 2u], spread[at + 3u],
      spread[at + 4u], spread[at + 5u], spread[at + 6u], spread[at + 7u],
    );
  }
}

// Adds 4 channels of one pixel, one after the other.
fn add_channels(pixel: vec4f, w: mat4x4f, sum: vec4f) -> vec4f {
  return fma(pixel.wwww, w[3], fma(pixel.zzzz, w[2], fma(pixel.yyyy, w[1], fma(pixel.xxxx, w[0], sum))));
}

// Adds 4 channels to the 8 pixels of a tile.
fn add_to(current: ptr<function, Tile>, inputs: ptr<function, Tile>, w: mat4x4f) {
  (*current)[0] = add_channels((*inputs)[0], w, (*current)[0]);
  (*current)[1] = add_channels((*inputs)[1], w, (*current)[1]);
  (*current)[2] = add_channels((*inputs)[2], w, (*current)[2]);
  (*current)[3] = add_channels((*inputs)[3], w, (*current)[3]);
  (*current)[4] = add_channels((*inputs)[4], w, (*current)[4]);
  (*current)[5] = add_channels((*inputs)[5], w, (*current)[5]);
  (*current)[6] = add_channels((*inputs)[6], w, (*current)[6]);
  (*current)[7] = add_channels((*inputs)[7], w, (*current)[7]);
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
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) id: vec3u) {
  let column = id.x * 8u;
  let row = id.y;
  let group = id.z;
  for (var quad = lane; quad < shape.group_in_quads; quad += LANES) {
    spread_quad(row, column, group * shape.group_in_quads + quad, quad);
  }
  workgroupBarrier();

  // All lanes stay: those beyond the outputs compute what the last one does, and write nothing.
  let quads = shape.out_channels / 4u;
  let quad = group * shape.group_out_quads + min(lane, shape.group_out_quads - 1u);
  var current: Tile;
  for (var c = 0u; c < shape.group_in_quads; c++) {
    var inputs = Tile();
    read_spread(&inputs, c, lane % 4u);
    add_to(&current, &inputs, weights_from(4u * c * quads + quad));
  }
  if lane >= shape.group_out_quads { return; }

  // Registers rotate under an end that the compiler cannot see: unrolled, the copies of a loop over the
  // membrane take ten times as long to compile. Without one there are always 8, and they unroll.
  let inside = min(column + 8u, shape.out_width) - column;
  let end = select(8u, inside, MEMBRANE);
  let offset = bias[quad];
  var words = vec4u();
  for (var i = 0u; i < end; i++) {
    var value = current[0] + offset;
    if MEMBRANE {
      let at = (row * shape.out_width + column + i) * quads + quad;
      if shape.accumulate != 0u { value += membrane[at]; }
      if shape.store != 0u { membrane[at] = value; }
    }
    words |= spike_counts(value) << vec4u(4u * i);
    current = next_pixel(current);
  }
  if shape.fire != 0u {
    let tiles = (shape.out_width + 7u) / 8u;
    fired[(row * tiles + id.x) * quads + quad] = words & vec4u(0xffffffffu >> (32u - 4u * inside));
  }
}
