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
// then the tiles. Rows of taps under which its pixels see no spike are skipped.
// Source: the depthwise spiking convolutions of BICLab/Spike2Former; batch norms folded.

override LANES: u32;  // workgroup size
override QUADS: bool; // read the spikes from `spike_quads`

// The membrane is 0: neither stored nor accumulated, 1: `membrane`, 2: `membrane_quads`.
override MEMBRANE: u32;

struct Shape {
  kernel: u32,         // K, odd, at most 9
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

// The spikes by fours, which is cheaper; if channels, stride and offset are multiples of 4.
@group(0) @binding(7) var<storage, read> spike_quads: array<vec4u>;

alias Tile = array<vec4f, 8>;

// Adds count · weight to the 8 pixels of a tile.
fn add(current: ptr<function, Tile>, words: vec4u, weight: vec4f) {
  let mask = vec4u(15u);
  (*current)[0] = fma(vec4f(words & mask), weight, (*current)[0]);
  (*current)[1] = fma(vec4f((words >> vec4u(4u)) & mask), weight, (*current)[1]);
  (*current)[2] = fma(vec4f((words >> vec4u(8u)) & mask), weight, (*current)[2]);
  (*current)[3] = fma(vec4f((words >> vec4u(12u)) & mask), weight, (*current)[3]);
  (*current)[4] = fma(vec4f((words >> vec4u(16u)) & mask), weight, (*current)[4]);
  (*current)[5] = fma(vec4f((words >> vec4u(20u)) & mask), weight, (*current)[5]);
  (*current)[6] = fma(vec4f((words >> vec4u(24u)) & mask), weight, (*current)[6]);
  (*current)[7] = fma(vec4f(words >> vec4u(28u)), weight, (*current)[7]);
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

// The counts under tap dx are the nibbles dx .. dx + 7 of both.
struct Window { first: vec4u, rest: vec4u }

fn window(before: vec4u, here: vec4u, after: vec4u) -> Window {
  let padding = shape.kernel / 2u;
  let head = vec4u(4u * padding);
  let tail = vec4u(28u - 4u * padding);  // after a shift by 4: a shift by 32 bits is none
  return Window(
    (here << head) | ((before >> vec4u(4u)) >> tail),
    (after << head) | ((here >> vec4u(4u)) >> tail),
  );
}

fn next_tap(w: Window) -> Window {
  return Window((w.first >> vec4u(4u)) | (w.rest << vec4u(28u)), w.rest >> vec4u(4u));
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

  let padding = shape.kernel / 2u;
  let pitch = shape.in_stride;
  var current: Tile;
  var other: Tile;
  for (var dy = 0u; dy < shape.kernel; dy++) {
    let y = row + dy;
    if y < padding || y >= shape.height + padding { continue; }
    let at = ((y - padding) * tiles + tile) * pitch + shape.in_offset + quad * 4u;
    let before = quad_at(at - pitch, tile > 0u);
    let here = quad_at(at, true);
    let after = quad_at(at + pitch, tile + 1u < tiles);
    let next = quad_at(at + 2u * pitch, tile + 2u < tiles);
    if all((before | here | after | next) == vec4u()) { continue; }
    var a = window(before, here, after);
    var b = window(here, after, next);
    for (var dx = 0u; dx < shape.kernel; dx++) {
      let w = weights[(dy * shape.kernel + dx) * quads + quad];
      add(&current, a.first, w);
      add(&other, b.first, w);
      a = next_tap(a);
      b = next_tap(b);
    }
  }

  // A start that the compiler cannot see, and registers that rotate: unrolled, the copies of this loop
  // take ten times as long to compile.
  let offset = bias[quad];
  let pixels = shape.height * shape.width;
  let outputs = min(4u, shape.channels - quad * 4u);
  for (var t = tile; t < min(tile + 2u, tiles); t++) {
    let column = t * 8u;
    let first = row * shape.width;
    var words = vec4u();
    for (var x = column; x < min(column + 8u, shape.width); x++) {
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
      words |= counts << vec4u(4u * (x - column));
      current = next_pixel(current);
    }
    if shape.fire != 0u {
      let out = (row * tiles + t) * shape.channels + quad * 4u;
      for (var j = 0u; j < outputs; j++) {
        fired[out + j] = words.x;
        words = words.yzwx;
      }
    }
    current = other;
  }
}
