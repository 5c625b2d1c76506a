// Convolution of spikes, 3×3, and the neuron that follows it.
//
//   current[y,x,o]  = bias[o] + Σ(dy,dx,c) count[y·S+dy−1, x·S+dx−1, c] · weight[dy,dx,c,o]
//   membrane        = current (+ membrane)
//   fired           = round(clamp(membrane, 0, D)), ties to even
//
//   spikes    u32[H][⌈W/8⌉][C]    spike counts 0..15: nibble i of a word is pixel 8·tile + i, one channel
//   weights   vec4f[3][3][C][⌈O/4⌉]  for one spike; the neuron's 1/D and the batch norm are folded in
//   bias      vec4f[⌈O/4⌉]
//   membrane  f32[H'][W'][O]      or f32[O][H'][W'] if channel_major; thresholds are 0.5, 1.5, ..
//   fired     u32[H'][⌈W'/8⌉][O]  pixels beyond the map are zero
//
// One invocation owns two neighbouring tiles of 8 pixels and 4 output channels: each weight serves 16
// pixels, each word of spikes three taps and often both tiles. Neighbouring lanes are neighbouring
// channels of the same tiles, so an input channel that is silent under a row of the kernel is skipped
// by all of them alike, and so is half a tile of it: the work follows the spikes. Words are loaded 4
// channels at a time, and where the device has subgroups each of four lanes loads those of one tile.
// Source: the spiking convolutions of BICLab/Spike2Former; batch norms folded.

enable subgroups;
// Control flow follows rows, and a quad of lanes that shares has one row.
diagnostic(off, subgroup_uniformity);

override LANES: u32;    // workgroup size
override STRIDE: u32;   // 1 or 2
override UNIFORM: bool; // read the weights from `window`
override QUADS: bool;   // read the spikes from `spike_quads`
override SHARED: bool;  // quads of lanes load together: ⌈O/4⌉ is a multiple of 4

// The membrane is 0: neither stored nor accumulated, 1: `membrane`, 2: `membrane_quads`.
override MEMBRANE: u32;

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

// The membrane by fours, which is cheaper; if it is not channel_major, and O is a multiple of 4.
@group(0) @binding(6) var<storage, read_write> membrane_quads: array<vec4f>;

// Weights that fit 64 KiB are read from here: uniform memory is broadcast, and cheaper.
@group(0) @binding(7) var<uniform> window: array<vec4f, 4096>;

// The spikes by fours, which is cheaper; if channels, stride and offset are multiples of 4.
@group(0) @binding(8) var<storage, read> spike_quads: array<vec4u>;

alias Tile = array<vec4f, 8>;

// The counts of the pixels before, in and after the input tile at output pixel 0. Tap dx of output pixel
// i is the one at STRIDE · i + dx.
alias Row = array<f32, 17>;

fn weight(at: u32) -> vec4f {
  if UNIFORM { return window[at]; }
  return weights[at];
}

// The weights of the taps dx = 0, 1, 2, of a channel of one row of the kernel.
fn tap_weights(first: u32, next_tap: u32) -> array<vec4f, 3> {
  return array<vec4f, 3>(weight(first), weight(first + next_tap), weight(first + 2u * next_tap));
}

fn count_at(word: u32, pixel: u32) -> f32 {
  return f32((word >> (4u * pixel)) & 15u);
}

fn counts(before: u32, here: u32, after: u32) -> Row {
  return Row(
    count_at(before, 7u),
    count_at(here, 0u), count_at(here, 1u), count_at(here, 2u), count_at(here, 3u),
    count_at(here, 4u), count_at(here, 5u), count_at(here, 6u), count_at(here, 7u),
    count_at(after, 0u), count_at(after, 1u), count_at(after, 2u), count_at(after, 3u),
    count_at(after, 4u), count_at(after, 5u), count_at(after, 6u), count_at(after, 7u),
  );
}

// Whether any of the taps sees a spike.
fn some(before: u32, here: u32, after: u32) -> bool {
  return ((before >> 28u) | here | select(after, after & 15u, STRIDE == 1u)) != 0u;
}

// Whether those of the first 4 output pixels do.
fn some_left(before: u32, here: u32) -> bool {
  return ((before >> 28u) | select(here, here & 0xfffffu, STRIDE == 1u)) != 0u;
}

// Whether those of the last 4 do.
fn some_right(here: u32, after: u32) -> bool {
  return select((here >> 28u) | after, (here >> 12u) | (after & 15u), STRIDE == 1u) != 0u;
}

// Adds the spikes under the taps of a channel to one pixel.
fn sum(current: vec4f, row: Row, pixel: u32, w: array<vec4f, 3>) -> vec4f {
  let tap = STRIDE * pixel;
  let left = fma(vec4f(row[tap]), w[0], current);
  let middle = fma(vec4f(row[tap + 1u]), w[1], left);
  return fma(vec4f(row[tap + 2u]), w[2], middle);
}

// Adds the spikes of a channel to a tile, without half of it if that is silent.
fn add(tile: ptr<function, Tile>, before: u32, here: u32, after: u32, w: array<vec4f, 3>) {
  let row = counts(before, here, after);
  if some_left(before, here) {
    (*tile)[0] = sum((*tile)[0], row, 0u, w);
    (*tile)[1] = sum((*tile)[1], row, 1u, w);
    (*tile)[2] = sum((*tile)[2], row, 2u, w);
    (*tile)[3] = sum((*tile)[3], row, 3u, w);
  }
  if some_right(here, after) {
    (*tile)[4] = sum((*tile)[4], row, 4u, w);
    (*tile)[5] = sum((*tile)[5], row, 5u, w);
    (*tile)[6] = sum((*tile)[6], row, 6u, w);
    (*tile)[7] = sum((*tile)[7], row, 7u, w);
  }
}

// Brings the next pixel to the front.
fn next_pixel(t: Tile) -> Tile {
  return Tile(t[1], t[2], t[3], t[4], t[5], t[6], t[7], t[0]);
}

// The words of a tile in the channels c .. c + 3, zero beyond the last. `row` is where the row of the map
// begins; beside the map all are zero: left of it, the tile wraps round and is too large.
fn quad_at(row: u32, tile: u32, c: u32) -> vec4u {
  let on_map = tile < (shape.in_width + 7u) / 8u;
  let at = row + tile * shape.in_stride + c;
  if QUADS { return select(vec4u(), spike_quads[at / 4u], on_map); }
  let found = vec4u(spikes[at], spikes[at + 1u], spikes[at + 2u], spikes[at + 3u]);
  let there = vec4u(c) + vec4u(0u, 1u, 2u, 3u) < vec4u(shape.in_channels);
  return select(vec4u(), found, there & vec4<bool>(on_map));
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
  let out_pairs = (out_tiles + 1u) / 2u;
  let quad = lane % quads;
  let tile = lane / quads % out_pairs * 2u;
  let row = lane / quads / out_pairs;
  if row >= shape.out_height { return; }

  let in_tiles = (shape.in_width + 7u) / 8u;
  let in_tile = tile * STRIDE;  // the input tile at output pixel 0
  let next_tap = shape.in_channels * quads;
  var current: Tile;
  var other: Tile;
  for (var dy = 0u; dy < 3u; dy++) {
    let y = row * STRIDE + dy;
    if y < 1u || y > shape.in_height { continue; }
    let start = (y - 1u) * in_tiles * shape.in_stride + shape.in_offset;
    for (var c = 0u; c < shape.in_channels; c += 4u) {
      // Five tiles side by side, of which a stride of 1 sees four. Lanes that share have one of these each.
      var one = quad_at(start, in_tile - 1u + select(0u, lane % 4u, SHARED), c);
      var two = vec4u();
      var three = vec4u();
      var four = vec4u();
      if !SHARED {
        two = quad_at(start, in_tile, c);
        three = quad_at(start, in_tile + 1u, c);
        four = quad_at(start, in_tile + 2u, c);
      }
      var five = vec4u();
      if STRIDE > 1u { five = quad_at(start, in_tile + 3u, c); }

      var tap = (dy * 3u * shape.in_channels + c) * quads + quad;
      for (var i = 0u; i < 4u; i++) {
        var words = vec4u(one.x, two.x, three.x, four.x);
        if SHARED {
          let own = one.x;
          words = vec4u(quadBroadcast(own, 0u), quadBroadcast(own, 1u), quadBroadcast(own, 2u), quadBroadcast(own, 3u));
        }
        if (words.x | words.y | words.z | words.w | five.x) != 0u {
          // Of the second output tile: at a stride of 1 its words are all but one the same.
          let others = select(vec3u(words.zw, five.x), words.yzw, STRIDE == 1u);
          let first_fires = some(words.x, words.y, words.z);
          let second_fires = some(others.x, others.y, others.z);
          if first_fires | second_fires {
            let w = tap_weights(tap, next_tap);
            if first_fires { add(&current, words.x, words.y, words.z, w); }
            if second_fires { add(&other, others.x, others.y, others.z, w); }
          }
        }
        one = one.yzwx;
        if !SHARED {
          two = two.yzwx;
          three = three.yzwx;
          four = four.yzwx;
        }
        if STRIDE > 1u { five = five.yzwx; }
        tap += quads;
      }
    }
  }

  // Registers rotate under an end that the compiler cannot see: unrolled, the copies of a loop over the
  // membrane take ten times as long to compile. Without one there are always 8, and they unroll.
  let offset = bias[quad];
  let pixels = shape.out_height * shape.out_width;
  let outputs = min(4u, shape.out_channels - quad * 4u);
  for (var t = tile; t < min(tile + 2u, out_tiles); t++) {
    let column = t * 8u;
    let first = row * shape.out_width;
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
      let out = (row * out_tiles + t) * shape.out_channels + quad * 4u;
      for (var j = 0u; j < outputs; j++) {
        fired[out + j] = words.x;
        words = words.yzwx;
      }
    }
    current = other;
  }
}
