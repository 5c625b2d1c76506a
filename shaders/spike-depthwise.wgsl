// Depthwise convolution of spikes, stride 1, and the neuron that follows it.
//
//   current[y,x,c]  = bias[c] + Σ(dy,dx) count[y+dy−P, x+dx−P, c] · weight[dy,dx,c]
//   membrane        = current (+ membrane)
//   fired           = round(clamp(membrane, 0, D)), ties to even
//
//   spikes    u32[H][⌈W/8⌉][C]     spike counts 0..15: nibble i of a word is pixel 8·tile + i
//   weights   vec4f[K][K][⌈C/4⌉]   for one spike; the neuron's 1/D and the batch norm are folded in
//   bias      vec4f[⌈C/4⌉]
//   membrane  f32[H][W][C]         or f32[C][H][W] if channel_major; thresholds are 0.5, 1.5, ..
//   fired     u32[H][⌈W/8⌉][C]     pixels beyond the map are zero
//
// One invocation owns two neighbouring tiles of 8 pixels and 4 channels; the lanes walk the channels,
// then the tiles. A row of taps is taken at once: each spike count is converted for all of its taps.
// Rows under which its pixels see no spike are skipped.
// Source: the depthwise spiking convolutions of BICLab/Spike2Former; batch norms folded.

override LANES: u32;    // workgroup size
override KERNEL: u32;   // K, odd, at most 9; known to the compiler, which unrolls the taps
override UNIFORM: bool; // read the weights from `window`
override QUADS: bool;   // read the spikes from `spike_quads`

// The membrane is 0: neither stored nor accumulated, 1: `membrane`, 2: `membrane_quads`.
override MEMBRANE: u32;

struct Shape {
  in_stride: u32,      // channels of the spike tensor, of which C are read
  in_offset: u32,      // from this one on
  height: u32,
  width: u32,
  channels: u32,       // C
  levels: f32,         // D
  accumulate: u32,     // add to what the membrane holds
  channel_major: u32,
  store: u32,          // write the membrane
  fire: u32,           // write the spikes
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> spikes: array<u32>;
@group(0) @binding(2) var<storage, read> weights: array<vec4f>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> membrane: array<f32>;
@group(0) @binding(5) var<storage, read_write> fired: array<u32>;

// The membrane by fours, which is cheaper; if it is not channel_major, and C is a multiple of 4.
@group(0) @binding(6) var<storage, read_write> membrane_quads: array<vec4f>;

// Weights that fit 64 KiB are read from here: uniform memory is broadcast, and cheaper.
@group(0) @binding(7) var<uniform> window: array<vec4f, 4096>;

// The spikes by fours, which is cheaper; if channels, stride and offset are multiples of 4.
@group(0) @binding(8) var<storage, read> spike_quads: array<vec4u>;

alias Tile = array<vec4f, 8>;

// The counts of the last 4 pixels before a tile, of those in it and of the first 4 after it. Tap dx of
// pixel i is the one at 4 − P + i + dx.
alias Row = array<vec4f, 16>;

// The weights of a row of the kernel.
alias Taps = array<vec4f, 9>;

fn weight(at: u32) -> vec4f {
  if UNIFORM { return window[at]; }
  return weights[at];
}

fn counts_at(words: vec4u, pixel: u32) -> vec4f {
  return vec4f((words >> vec4u(4u * pixel)) & vec4u(15u));
}

fn counts(before: vec4u, here: vec4u, after: vec4u) -> Row {
  return Row(
    counts_at(before, 4u), counts_at(before, 5u), counts_at(before, 6u), counts_at(before, 7u),
    counts_at(here, 0u), counts_at(here, 1u), counts_at(here, 2u), counts_at(here, 3u),
    counts_at(here, 4u), counts_at(here, 5u), counts_at(here, 6u), counts_at(here, 7u),
    counts_at(after, 0u), counts_at(after, 1u), counts_at(after, 2u), counts_at(after, 3u),
  );
}

// Adds the spikes under a row of taps to one pixel. Arrays go by pointer: some compilers copy them with
// every call, and take twice as long.
fn sum(current: vec4f, row: ptr<function, Row>, pixel: u32, w: ptr<function, Taps>) -> vec4f {
  let first = 4u - KERNEL / 2u + pixel;
  var value = current;
  for (var dx = 0u; dx < KERNEL; dx++) {
    value = fma((*row)[first + dx], (*w)[dx], value);
  }
  return value;
}

fn add(tile: ptr<function, Tile>, row: ptr<function, Row>, w: ptr<function, Taps>) {
  (*tile)[0] = sum((*tile)[0], row, 0u, w);
  (*tile)[1] = sum((*tile)[1], row, 1u, w);
  (*tile)[2] = sum((*tile)[2], row, 2u, w);
  (*tile)[3] = sum((*tile)[3], row, 3u, w);
  (*tile)[4] = sum((*tile)[4], row, 4u, w);
  (*tile)[5] = sum((*tile)[5], row, 5u, w);
  (*tile)[6] = sum((*tile)[6], row, 6u, w);
  (*tile)[7] = sum((*tile)[7], row, 7u, w);
}

// Brings the next pixel to the front.
fn next_pixel(t: Tile) -> Tile {
  return Tile(t[1], t[2], t[3], t[4], t[5], t[6], t[7], t[0]);
}

// Words of 4 channels, zero beside the map. Beyond the last channel it reads a neighbour, whose weights
// are zero.
fn quad_at(at: u32, inside: bool) -> vec4u {
  if QUADS { return select(vec4u(), spike_quads[at / 4u], inside); }
  return select(vec4u(), vec4u(spikes[at], spikes[at + 1u], spikes[at + 2u], spikes[at + 3u]), inside);
}

// Spike counts of membrane potentials, ties to even. The lowest bits of 2²³ + n are n: to read them is
// cheaper than a conversion that minds every float.
fn spike_counts(potential: vec4f) -> vec4u {
  return bitcast<vec4u>(round(clamp(potential, vec4f(), vec4f(shape.levels))) + 8388608.0) & vec4u(15u);
}

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let lane = id.y * grid.x * LANES + id.x;  // the host folds long grids into y
  let quads = (shape.channels + 3u) / 4u;
  let tiles = (shape.width + 7u) / 8u;
  let pairs = (tiles + 1u) / 2u;
  let quad = lane % quads;
  let tile = lane / quads % pairs * 2u;
  let row = lane / quads / pairs;
  if row >= shape.height { return; }

  let padding = KERNEL / 2u;
  let pitch = shape.in_stride;
  var current: Tile;
  var other: Tile;
  for (var dy = 0u; dy < KERNEL; dy++) {
    let y = row + dy;
    if y < padding || y >= shape.height + padding { continue; }
    let at = ((y - padding) * tiles + tile) * pitch + shape.in_offset + quad * 4u;
    let before = quad_at(at - pitch, tile > 0u);
    let here = quad_at(at, true);
    let after = quad_at(at + pitch, tile + 1u < tiles);
    let next = quad_at(at + 2u * pitch, tile + 2u < tiles);
    if all((before | here | after | next) == vec4u()) { continue; }
    var w: Taps;
    for (var dx = 0u; dx < KERNEL; dx++) {
      w[dx] = weight((dy * KERNEL + dx) * quads + quad);
    }
    var first = counts(before, here, after);
    var second = counts(here, after, next);
    add(&current, &first, &w);
    add(&other, &second, &w);
  }

  // Registers rotate under an end that the compiler cannot see: unrolled, the copies of a loop over the
  // membrane take ten times as long to compile. Without one there are always 8, and they unroll.
  let offset = bias[quad];
  let pixels = shape.height * shape.width;
  let outputs = min(4u, shape.channels - quad * 4u);
  for (var t = tile; t < min(tile + 2u, tiles); t++) {
    let column = t * 8u;
    let first = row * shape.width;
    let inside = min(column + 8u, shape.width) - column;
    let end = select(inside, 8u, MEMBRANE == 0u);
    var words = vec4u();
    for (var i = 0u; i < end; i++) {
      let x = column + i;
      var value = current[0] + offset;
      if MEMBRANE == 2u {
        let at = (first + x) * shape.channels / 4u + quad;
        if shape.accumulate != 0u { value += membrane_quads[at]; }
        if shape.store != 0u { membrane_quads[at] = value; }
      }
      if MEMBRANE == 1u {
        for (var j = 0u; j < 4u; j++) {
          let o = quad * 4u + j;
          if o < shape.channels {
            let at = select((first + x) * shape.channels + o, o * pixels + first + x, shape.channel_major != 0u);
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
      let out = (row * tiles + t) * shape.channels + quad * 4u;
      for (var j = 0u; j < outputs; j++) {
        fired[out + j] = words.x;
        words = words.yzwx;
      }
    }
    current = other;
  }
}
