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
// One invocation owns a tile of 8 pixels and two quads of 4 output channels of one group: each input
// serves 8 channels, each weight 8 pixels. The lanes of a workgroup walk the channels, then the tiles,
// so that few channels leave no lane idle. The sum runs over dy, c, dx: a row of one channel slides
// through registers, and each of its inputs is loaded once. Under a 1×1 kernel four neighbouring lanes
// load the inputs that they have in common together, where the device has subgroups.
// Source: the stem and the pointwise convolutions of BICLab/Spike2Former that no neuron precedes.

enable subgroups;
// Control flow follows rows, and a quad of lanes that shares has one row.
diagnostic(off, subgroup_uniformity);

override LANES: u32;    // workgroup size
override KERNEL: u32;   // odd
override STRIDE: u32;   // 1 or 2
override PADDING: u32 = KERNEL / 2u;
override UNIFORM: bool; // read the weights from `window`
override SHARED: bool;  // quads of lanes load together: K is 1, C a multiple of 4, O/G of 32

// The membrane is 0: neither stored nor accumulated, 1: `membrane`, 2: `membrane_quads`.
override MEMBRANE: u32;

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

// The membrane by fours, which is cheaper; if it is not channel_major, and O is a multiple of 4.
@group(0) @binding(6) var<storage, read_write> membrane_quads: array<vec4f>;

// Weights that fit 64 KiB are read from here: uniform memory is cheaper.
@group(0) @binding(7) var<uniform> window: array<vec4f, 4096>;

// The input by fours, if SHARED.
@group(0) @binding(8) var<storage, read> input_quads: array<vec4f>;

alias Tile = array<vec4f, 8>;

// The inputs under one tap, for the 8 pixels of a tile, and what lies between: 7·S + 1 are in use.
alias Row = array<f32, 15>;

// What an invocation owns: the first of its quads, and the one after its last.
struct Place { row: u32, tile: u32, group: u32, quad: u32, end: u32 }

fn weight(at: u32) -> vec4f {
  if UNIFORM { return window[at]; }
  return weights[at];
}

// Brings the next pixel to the front.
fn next_pixel(t: Tile) -> Tile {
  return Tile(t[1], t[2], t[3], t[4], t[5], t[6], t[7], t[0]);
}

// Of the input, zero beside the map.
fn input_at(at: u32, x: u32) -> f32 {
  return select(0.0, input[at], x < shape.in_width);
}

// Moves on to the next tap.
fn next_tap(r: Row) -> Row {
  return Row(r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11], r[12], r[13], r[14], 0.0);
}

// Adds input · w to the 8 pixels of a tile.
fn add_to(current: ptr<function, Tile>, row: Row, w: vec4f) {
  (*current)[0] = fma(vec4f(row[0]), w, (*current)[0]);
  (*current)[1] = fma(vec4f(row[STRIDE]), w, (*current)[1]);
  (*current)[2] = fma(vec4f(row[2u * STRIDE]), w, (*current)[2]);
  (*current)[3] = fma(vec4f(row[3u * STRIDE]), w, (*current)[3]);
  (*current)[4] = fma(vec4f(row[4u * STRIDE]), w, (*current)[4]);
  (*current)[5] = fma(vec4f(row[5u * STRIDE]), w, (*current)[5]);
  (*current)[6] = fma(vec4f(row[6u * STRIDE]), w, (*current)[6]);
  (*current)[7] = fma(vec4f(row[7u * STRIDE]), w, (*current)[7]);
}

fn place(lane: u32) -> Place {
  let out_tiles = (shape.out_width + 7u) / 8u;
  let group_quads = (shape.group_outputs + 3u) / 4u;
  let group_pairs = (group_quads + 1u) / 2u;
  let pairs = shape.in_stride / shape.in_channels * group_pairs;
  let group = lane % pairs / group_pairs;
  let quad = group * group_quads + lane % group_pairs * 2u;
  let end = min(quad + 2u, (group + 1u) * group_quads);
  return Place(lane / pairs / out_tiles, lane / pairs % out_tiles, group, quad, end);
}

// The currents of two quads; what is computed for a second one that is not there is never used.
fn convolve(one: ptr<function, Tile>, two: ptr<function, Tile>, own: Place) {
  let quads = (shape.out_channels + 3u) / 4u;
  for (var dy = 0u; dy < KERNEL; dy++) {
    let y = own.row * STRIDE + dy;
    if y < PADDING || y >= shape.in_height + PADDING { continue; }
    for (var c = 0u; c < shape.in_channels; c++) {
      // Left of the map x wraps round and is larger than any width.
      var x = own.tile * 8u * STRIDE - PADDING;
      var at = ((y - PADDING) * shape.in_width + x) * shape.in_stride + own.group * shape.in_channels + c;
      var row: Row;
      for (var i = 0u; i < 7u * STRIDE; i++) {
        row[i] = input_at(at, x);
        at += shape.in_stride;
        x++;
      }
      var tap = (dy * KERNEL * shape.in_channels + c) * quads + own.quad;
      for (var dx = 0u; dx < KERNEL; dx++) {
        row[7u * STRIDE] = input_at(at, x);
        add_to(one, row, weight(tap));
        add_to(two, row, weight(tap + 1u));
        row = next_tap(row);
        at += shape.in_stride;
        x++;
        tap += shape.in_channels * quads;
      }
    }
  }
}

// The same under a 1×1 kernel: each lane of a quad loads two of the 8 pixels, and tells the others.
// Pixels beyond the map are as the memory has them, and never used.
fn mix_shared(one: ptr<function, Tile>, two: ptr<function, Tile>, own: Place, lane: u32) {
  let quads = shape.out_channels / 4u;
  let pitch = shape.in_stride / 4u;
  let pixel = own.row * shape.in_width + own.tile * 8u + lane % 4u * 2u;
  let at = pixel * pitch + own.group * shape.in_channels / 4u;
  var tap = own.quad;
  for (var c = 0u; c < shape.in_channels / 4u; c++) {
    let even = input_quads[at + c];
    let odd = input_quads[at + c + pitch];
    for (var j = 0u; j < 4u; j++) {
      let e = even[j];
      let o = odd[j];
      let inputs = array<f32, 8>(
        quadBroadcast(e, 0u), quadBroadcast(o, 0u), quadBroadcast(e, 1u), quadBroadcast(o, 1u),
        quadBroadcast(e, 2u), quadBroadcast(o, 2u), quadBroadcast(e, 3u), quadBroadcast(o, 3u),
      );
      let first = weight(tap);
      let second = weight(tap + 1u);
      for (var i = 0u; i < 8u; i++) {
        (*one)[i] = fma(vec4f(inputs[i]), first, (*one)[i]);
        (*two)[i] = fma(vec4f(inputs[i]), second, (*two)[i]);
      }
      tap += quads;
    }
  }
}

// Spike counts of membrane potentials, ties to even. The lowest bits of 2²³ + n are n: to read them is
// cheaper than a conversion that minds every float.
fn spike_counts(potential: vec4f) -> vec4u {
  return bitcast<vec4u>(round(clamp(potential, vec4f(), vec4f(shape.levels))) + 8388608.0) & vec4u(15u);
}

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let lane = id.y * grid.x * LANES + id.x;  // the host folds long grids into y
  let own = place(lane);
  if own.row >= shape.out_height { return; }

  var current: Tile;
  var other: Tile;
  if SHARED { mix_shared(&current, &other, own, lane); } else { convolve(&current, &other, own); }

  // Registers rotate under an end that the compiler cannot see: unrolled, the copies of a loop over the
  // membrane take ten times as long to compile. Without one there are always 8, and they unroll.
  let pixels = shape.out_height * shape.out_width;
  let column = own.tile * 8u;
  let first = own.row * shape.out_width;
  for (var quad = own.quad; quad < own.end; quad++) {
    let offset = bias[quad];
    let outputs = min(4u, shape.out_channels - quad * 4u);
    let inside = min(column + 8u, shape.out_width) - column;
    let end = select(inside, 8u, MEMBRANE == 0u);
    var words = vec4u();
    for (var i = 0u; i < end; i++) {
      let x = column + i;
      var value = current[0] + offset;
      if MEMBRANE == 2u {
        let at = (first + x) * shape.out_channels / 4u + quad;
        if shape.accumulate != 0u { value += membrane_quads[at]; }
        if shape.store != 0u { membrane_quads[at] = value; }
      }
      if MEMBRANE == 1u {
        for (var j = 0u; j < 4u; j++) {
          let o = quad * 4u + j;
          if o < shape.out_channels {
            let at = select((first + x) * shape.out_channels + o, o * pixels + first + x, shape.channel_major != 0u);
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
    if shape.fire != 0u {
      words &= vec4u(0xffffffffu >> (32u - 4u * inside));
      let out = (own.row * ((shape.out_width + 7u) / 8u) + own.tile) * shape.out_channels + quad * 4u;
      for (var j = 0u; j < outputs; j++) {
        fired[out + j] = words.x;
        words = words.yzwx;
      }
    }
    current = other;
  }
}
