// Two pointwise convolutions of spikes, 1×1, with a neuron between them and one behind: an MLP.
//
//   hidden    = round(clamp(bias_1[h] + Σ(c) count[y,x,c] · weight_1[c,h], 0, D)), ties to even
//   current   = bias_2[o] + Σ(h) hidden[y,x,h] · weight_2[h,o]
//   membrane  = current (+ membrane)
//   fired     = round(clamp(membrane, 0, D)), ties to even
//
//   spikes     u32[H][⌈W/8⌉][C]  spike counts 0..15: nibble i of a word is pixel 8·tile + i, one channel
//   weights_1  vec4f[C][F/4]     for one spike; the neuron's 1/D and the batch norm are folded in
//   bias_1     vec4f[F/4]
//   hidden     u32[H][⌈W/8⌉][F]  like spikes; other layers may read it
//   weights_2  vec4f[F][O/4]
//   bias_2     vec4f[O/4]
//   membrane   f32[H][W][O]      or f32[O][H][W] if channel_major; thresholds are 0.5, 1.5, ..
//   fired      u32[H][⌈W/8⌉][O]  pixels beyond the map are zero, in hidden too
//
// All channels come by fours, and so do the pixels of a row if channel_major.
// One workgroup owns two tiles of 8 pixels and all channels of both layers: its second layer reads no
// hidden spikes but its own, so it waits at a barrier and not for another dispatch. One invocation makes
// 4 channels of both tiles, then another 4 of them, with the sums of spike-pointwise in the same order.
// Neighbouring lanes are neighbouring channels, so all of them skip alike what is silent. Where the
// device has subgroups, lanes load one tile each and tell the other.
// Source: the MLPs of BICLab/Spike2Former; batch norms folded.

enable subgroups;
// Control flow follows tiles, and a quad of lanes that shares has the same two.
diagnostic(off, subgroup_uniformity);

override LANES: u32;      // workgroup size
override UNIFORM_1: bool; // read the weights of the first layer from `window_1`
override UNIFORM_2: bool;
override SHARED: bool;    // quads of lanes load together: F/4 and O/4 are multiples of 4

struct Shape {
  in_channels: u32,       // C
  in_stride: u32,         // channels of the spike tensor, of which C are read
  in_offset: u32,         // from this one on
  hidden_channels: u32,   // F
  out_height: u32,
  out_width: u32,
  out_channels: u32,      // O
  levels: f32,            // D
  accumulate: u32,        // add to what the membrane holds
  channel_major: u32,
  store: u32,             // write the membrane
  fire: u32,              // write the spikes of the second neuron
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> spikes: array<vec4u>;
@group(0) @binding(2) var<storage, read> weights_1: array<vec4f>;
@group(0) @binding(3) var<storage, read> bias_1: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> hidden: array<vec4u>;
@group(0) @binding(5) var<storage, read> weights_2: array<vec4f>;
@group(0) @binding(6) var<storage, read> bias_2: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> membrane: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> fired: array<vec4u>;

// Weights that fit 64 KiB are read from here: uniform memory is broadcast, and cheaper.
@group(0) @binding(9) var<uniform> window_1: array<vec4f, 4096>;
@group(0) @binding(10) var<uniform> window_2: array<vec4f, 4096>;

alias Tile = array<vec4f, 8>;

// `layer` is 1 or 2, and a constant in every call: of the branches none is left.
fn weight(layer: u32, at: u32) -> vec4f {
  if layer == 1u {
    if UNIFORM_1 { return window_1[at]; }
    return weights_1[at];
  }
  if UNIFORM_2 { return window_2[at]; }
  return weights_2[at];
}

// The words of a tile in the channels c .. c + 3 that the layer reads.
fn words_at(layer: u32, tile: u32, c: u32) -> vec4u {
  if layer == 1u { return spikes[(tile * shape.in_stride + shape.in_offset + c) / 4u]; }
  return hidden[(tile * shape.hidden_channels + c) / 4u];
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

fn add_bias(tile: ptr<function, Tile>, bias: vec4f) {
  (*tile)[0] += bias;
  (*tile)[1] += bias;
  (*tile)[2] += bias;
  (*tile)[3] += bias;
  (*tile)[4] += bias;
  (*tile)[5] += bias;
  (*tile)[6] += bias;
  (*tile)[7] += bias;
}

// The current of a layer in one quad of its channels, of the tile `index` and of the one behind it.
fn convolve(
  layer: u32, channels: u32, quads: u32, quad: u32, index: u32, lane: u32,
  current: ptr<function, Tile>, other: ptr<function, Tile>,
) {
  for (var c = 0u; c < channels; c += 4u) {
    let own = words_at(layer, index + select(0u, lane % 2u, SHARED), c);
    var a = own;
    var b: vec4u;
    if SHARED {
      a = quadBroadcast(own, 0u);
      b = quadBroadcast(own, 1u);
    } else {
      b = words_at(layer, index + 1u, c);
    }
    let firing = dot(vec4u((a | b) != vec4u()), vec4u(1u));
    var tap = c * quads + quad;
    if firing > 2u {
      let w = array<vec4f, 4>(
        weight(layer, tap),
        weight(layer, tap + quads),
        weight(layer, tap + 2u * quads),
        weight(layer, tap + 3u * quads),
      );
      add(current, a, w);
      add(other, b, w);
    } else {
      while any((a | b) != vec4u()) {
        if (a.x | b.x) != 0u {
          let w = weight(layer, tap);
          add_one(current, a.x, w);
          add_one(other, b.x, w);
        }
        a = vec4u(a.yzw, 0u);
        b = vec4u(b.yzw, 0u);
        tap += quads;
      }
    }
  }
}

// Brings the last 4 pixels to the front.
fn next_half(t: Tile) -> Tile {
  return Tile(t[4], t[5], t[6], t[7], t[0], t[1], t[2], t[3]);
}

// Spike counts of membrane potentials, ties to even. The lowest bits of 2²³ + n are n: to read them is
// cheaper than a conversion that minds every float.
fn spike_counts(potential: vec4f) -> vec4u {
  return bitcast<vec4u>(round(clamp(potential, vec4f(), vec4f(shape.levels))) + 8388608.0) & vec4u(15u);
}

// Half words of 4 pixels.
fn fire(p: mat4x4f) -> vec4u {
  let low = spike_counts(p[0]) | (spike_counts(p[1]) << vec4u(4u));
  return low | (spike_counts(p[2]) << vec4u(8u)) | (spike_counts(p[3]) << vec4u(12u));
}

// Integrates 4 pixels of 4 channels, of which `inside` pixels lie on the map. If channel_major, a vector of
// the membrane is 4 pixels of one channel, else 4 channels of one pixel. Registers rotate under an end
// that the compiler cannot see: unrolled, accesses to memory take long to compile.
fn integrate(current: mat4x4f, first: u32, inside: u32, quad: u32) -> mat4x4f {
  var p = current;
  let by_channel = shape.channel_major != 0u;
  if by_channel { p = transpose(p); }
  let pixels = shape.out_height * shape.out_width;
  let at = select(first * shape.out_channels + quad * 4u, quad * 4u * pixels + first, by_channel) / 4u;
  let step = select(shape.out_channels, pixels, by_channel) / 4u;
  let end = select(0u, 4u, (shape.accumulate | shape.store) != 0u);
  for (var i = 0u; i < end; i++) {
    if by_channel || i < inside {
      if shape.accumulate != 0u { p[0] += membrane[at + i * step]; }
      if shape.store != 0u { membrane[at + i * step] = p[0]; }
    }
    p = mat4x4f(p[1], p[2], p[3], p[0]);
  }
  if by_channel { p = transpose(p); }
  return p;
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
) {
  let row_tiles = (shape.out_width + 7u) / 8u;
  let tiles = shape.out_height * row_tiles;
  let index = (group.y * grid.x + group.x) * 2u;  // the host folds long grids into y
  if index >= tiles { return; }
  let end = min(index + 2u, tiles);

  let hidden_quads = shape.hidden_channels / 4u;
  for (var quad = lane; quad < hidden_quads; quad += LANES) {
    var current = Tile();
    var other = Tile();
    convolve(1u, shape.in_channels, hidden_quads, quad, index, lane, &current, &other);
    let bias = bias_1[quad];
    for (var tile = index; tile < end; tile++) {
      add_bias(&current, bias);
      let low = fire(mat4x4f(current[0], current[1], current[2], current[3]));
      let high = fire(mat4x4f(current[4], current[5], current[6], current[7]));
      let inside = min(8u, shape.out_width - tile % row_tiles * 8u);
      let words = (low | (high << vec4u(16u))) & vec4u(0xffffffffu >> (32u - 4u * inside));
      hidden[tile * hidden_quads + quad] = words;
      current = other;
    }
  }

  storageBarrier();

  let quads = shape.out_channels / 4u;
  for (var quad = lane; quad < quads; quad += LANES) {
    var current = Tile();
    var other = Tile();
    convolve(2u, shape.hidden_channels, quads, quad, index, lane, &current, &other);
    let bias = bias_2[quad];
    for (var tile = index; tile < end; tile++) {
      add_bias(&current, bias);
      let column = tile % row_tiles * 8u;
      let inside = min(8u, shape.out_width - column);
      let first = tile / row_tiles * shape.out_width + column;
      var words = vec4u();
      for (var i = 0u; i < inside; i += 4u) {
        var p = mat4x4f(current[0], current[1], current[2], current[3]);
        p = integrate(p, first + i, inside - i, quad);
        words |= fire(p) << vec4u(4u * i);
        current = next_half(current);
      }
      if shape.fire != 0u { fired[tile * quads + quad] = words & vec4u(0xffffffffu >> (32u - 4u * inside)); }
      current = other;
    }
  }
}
