// Pointwise convolution of spikes, 1×1, and the neuron that follows it.
//
//   current[y,x,o]  = bias[o] + Σ(c) count[y,x,c'] · weight[c,o] (+ coarse at the source of y,x)
//   c'              = c, or C + c if o ≥ `second`: two layers side by side, each with its own input
//   membrane        = current (+ membrane)
//   fired           = round(clamp(membrane, 0, D)), ties to even
//   source(o)       = max((o + 0.5) · step − 0.5, 0), step = coarse size / size, of y and of x
//
//   spikes    u32[H][⌈W/8⌉][C]   spike counts 0..15: nibble i of a word is pixel 8·tile + i, one channel;
//                                2·C with a `second`
//   weights   vec4f[C][⌈O/4⌉]    for one spike; the neuron's 1/D and the batch norm are folded in
//   bias      vec4f[⌈O/4⌉]
//   coarse    vec4f[h][w][O/4]   a coarser map, upsampled bilinearly (align_corners = false)
//   membrane  f32[H][W][O]       or f32[O][H][W] if channel_major; thresholds are 0.5, 1.5, ..
//   fired     u32[H][⌈W/8⌉][O]   pixels beyond the map are zero
//
// One invocation owns two tiles of 8 pixels, one after the other, and 4 output channels: each weight
// serves 16 pixels. It takes 4 input channels at a time: all at once if most of them fire, else one by
// one, without those that are silent. Neighbouring lanes are neighbouring output channels of the same
// tiles, so all of them skip alike: the work follows the spikes. Where the device has subgroups, lanes
// load one tile each and tell the other.
// Source: the pointwise spiking convolutions of BICLab/Spike2Former; batch norms folded. The coarser
// map: torch.nn.functional.interpolate, mode bilinear.

enable subgroups;
// Control flow follows tiles, and a quad of lanes that shares has the same two.
diagnostic(off, subgroup_uniformity);

override LANES: u32;    // workgroup size
override UNIFORM: bool; // read the weights from `window`
override QUADS: bool;   // read the spikes from `spike_quads`
override SHARED: bool;  // quads of lanes load together: ⌈O/4⌉, and `second` / 4, are multiples of 4
override COARSE: bool;  // add `coarse`

// The membrane is 0: neither stored nor accumulated, 1: `membrane`, 2: `membrane_quads`.
override MEMBRANE: u32;

struct Shape {
  in_channels: u32,      // C, contracted here
  in_stride: u32,        // channels of the spike tensor, of which C are read
  in_offset: u32,        // from this one on
  second: u32,           // outputs from this one on read the next C
  coarse_height: u32,
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

@group(0) @binding(9) var<storage, read> coarse: array<vec4f>;

alias Tile = array<vec4f, 8>;

fn weight(at: u32) -> vec4f {
  if UNIFORM { return window[at]; }
  return weights[at];
}

// The words of a tile in the channels c .. c + 3 of those from `first` on, zero beyond the last.
fn quad_at(tile: u32, first: u32, c: u32) -> vec4u {
  let at = tile * shape.in_stride + first + c;
  if QUADS { return spike_quads[at / 4u]; }
  let found = vec4u(spikes[at], spikes[at + 1u], spikes[at + 2u], spikes[at + 3u]);
  return select(vec4u(), found, vec4u(c) + vec4u(0u, 1u, 2u, 3u) < vec4u(shape.in_channels));
}

fn counts_at(words: vec4u, pixel: u32) -> vec4f {
  return vec4f((words >> vec4u(4u * pixel)) & vec4u(15u));
}

// Adds the spikes of 4 channels to one pixel.
fn sum(current: vec4f, n: vec4f, w: array<vec4f, 4>) -> vec4f {
  return fma(vec4f(n.w), w[3], fma(vec4f(n.z), w[2], fma(vec4f(n.y), w[1], fma(vec4f(n.x), w[0], current))));
}

fn add(tile: ptr<function, Tile>, words: vec4u, w: array<vec4f, 4>) {
  (*tile)[0] = sum((*tile)[0], counts_at(words, 0u), w);
  (*tile)[1] = sum((*tile)[1], counts_at(words, 1u), w);
  (*tile)[2] = sum((*tile)[2], counts_at(words, 2u), w);
  (*tile)[3] = sum((*tile)[3], counts_at(words, 3u), w);
  (*tile)[4] = sum((*tile)[4], counts_at(words, 4u), w);
  (*tile)[5] = sum((*tile)[5], counts_at(words, 5u), w);
  (*tile)[6] = sum((*tile)[6], counts_at(words, 6u), w);
  (*tile)[7] = sum((*tile)[7], counts_at(words, 7u), w);
}

fn count_at(word: u32, pixel: u32) -> vec4f {
  return vec4f(f32((word >> (4u * pixel)) & 15u));
}

// Adds the spikes of one channel.
fn add_one(tile: ptr<function, Tile>, word: u32, w: vec4f) {
  (*tile)[0] = fma(count_at(word, 0u), w, (*tile)[0]);
  (*tile)[1] = fma(count_at(word, 1u), w, (*tile)[1]);
  (*tile)[2] = fma(count_at(word, 2u), w, (*tile)[2]);
  (*tile)[3] = fma(count_at(word, 3u), w, (*tile)[3]);
  (*tile)[4] = fma(count_at(word, 4u), w, (*tile)[4]);
  (*tile)[5] = fma(count_at(word, 5u), w, (*tile)[5]);
  (*tile)[6] = fma(count_at(word, 6u), w, (*tile)[6]);
  (*tile)[7] = fma(count_at(word, 7u), w, (*tile)[7]);
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

fn source(at: u32, step: f32) -> f32 {
  return max((f32(at) + 0.5) * step - 0.5, 0.0);
}

// The coarser map at column x, between the two rows around y.
fn coarse_at(y: f32, x: u32, quad: u32) -> vec4f {
  let quads = shape.out_channels / 4u;
  let upper = u32(y);
  let lower = min(upper + 1u, shape.coarse_height - 1u);
  let column = min(x, shape.coarse_width - 1u);
  let above = coarse[(upper * shape.coarse_width + column) * quads + quad];
  let below = coarse[(lower * shape.coarse_width + column) * quads + quad];
  return mix(above, below, y - f32(upper));
}

// Adds the coarser map to a tile. Its columns are followed pixel by pixel: no step is longer than one.
fn add_coarse(tile: ptr<function, Tile>, y: f32, column: u32, quad: u32) {
  var low = u32(source(column, shape.step_x));
  var left = coarse_at(y, low, quad);
  var right = coarse_at(y, low + 1u, quad);
  for (var x = column; x < column + 8u; x++) {
    let at = source(x, shape.step_x);
    if at >= f32(low + 1u) {
      low++;
      left = right;
      right = coarse_at(y, low + 1u, quad);
    }
    (*tile)[0] += mix(left, right, at - f32(low));
    *tile = next_pixel(*tile);
  }
}

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let lane = id.y * grid.x * LANES + id.x;  // the host folds long grids into y
  let quads = (shape.out_channels + 3u) / 4u;
  let out_tiles = (shape.out_width + 7u) / 8u;
  let tiles = shape.out_height * out_tiles;
  let quad = lane % quads;
  var index = lane / quads * 2u;
  let next = index + 1u;
  if index >= tiles { return; }

  let start = shape.in_offset + select(0u, shape.in_channels, quad * 4u >= shape.second);
  var current: Tile;
  var other: Tile;
  for (var c = 0u; c < shape.in_channels; c += 4u) {
    let own = quad_at(select(index, next, SHARED && lane % 2u != 0u), start, c);
    var a = own;
    var b: vec4u;
    if SHARED {
      a = quadBroadcast(own, 0u);
      b = quadBroadcast(own, 1u);
    } else {
      b = quad_at(next, start, c);
    }
    let firing = dot(vec4u((a | b) != vec4u()), vec4u(1u));
    var tap = c * quads + quad;
    if firing > 2u {
      let w = array<vec4f, 4>(weight(tap), weight(tap + quads), weight(tap + 2u * quads), weight(tap + 3u * quads));
      add(&current, a, w);
      add(&other, b, w);
    } else {
      while any((a | b) != vec4u()) {
        if (a.x | b.x) != 0u {
          let w = weight(tap);
          add_one(&current, a.x, w);
          add_one(&other, b.x, w);
        }
        a = vec4u(a.yzw, 0u);
        b = vec4u(b.yzw, 0u);
        tap += quads;
      }
    }
  }

  // Registers rotate under an end that the compiler cannot see: unrolled, the copies of a loop over the
  // membrane take ten times as long to compile. Without one there are always 8, and they unroll.
  let offset = bias[quad];
  let pixels = shape.out_height * shape.out_width;
  let outputs = min(4u, shape.out_channels - quad * 4u);
  for (var t = 0u; t < select(1u, 2u, next < tiles); t++) {
    let column = index % out_tiles * 8u;
    let first = index / out_tiles * shape.out_width;
    if COARSE { add_coarse(&current, source(index / out_tiles, shape.step_y), column, quad); }
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
      let out = index * shape.out_channels + quad * 4u;
      for (var j = 0u; j < outputs; j++) {
        fired[out + j] = words.x;
        words = words.yzwx;
      }
    }
    current = other;
    index = next;
  }
}
