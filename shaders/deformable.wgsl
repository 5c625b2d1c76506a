// Deformable sampling: nine points a pixel, moved by offsets, weighted by spikes; then a neuron.
//
//   potential[y,x,c] = Σp mask[y,x,9·gr+p]/D · bilinear(values[·,·,c], at y + p%3 − 1 + dy, x + p/3 − 1 + dx)
//   fired            = round(clamp(potential, 0, D)), ties to even
//
//   values     f32[H][W][C]          C = G groups of C/G channels; zero outside, each corner for itself
//   offsets    f32[H][W][G][9][2]    dx, dy in pixels, read flat whatever the map that produced them
//   mask       u32[H][⌈W/8⌉][9G]     spike counts 0..15: nibble i of a word is pixel 8·tile + i
//   potential  f32[H][W][C]          thresholds are 0.5, 1.5, ..
//   fired      u32[H][⌈W/8⌉][C]      pixels beyond the map are zero
//
// One invocation owns a tile of 8 pixels and up to 4 channels of one group. Points are x-major; one
// whose mask is silent is skipped.
// Source: DCNv3 as in the pixel decoder of BICLab/Spike2Former, with spikes for the mask.

override LANES: u32;  // workgroup size

struct Shape {
  height: u32,
  width: u32,
  channels: u32,    // C
  groups: u32,      // G
  mask_scale: f32,  // 1/D
  levels: f32,      // D
  store: u32,       // write the potential
}

const POINTS = 9u;

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read> offsets: array<f32>;
@group(0) @binding(3) var<storage, read> mask: array<u32>;
@group(0) @binding(4) var<storage, read_write> potential: array<f32>;
@group(0) @binding(5) var<storage, read_write> fired: array<u32>;

// `count` channels from `channel` on at a real position, which is finite and near the map. Each
// pixel of the map less than 1 away in x and in y has a share.
fn bilinear(position: vec2f, channel: u32, count: u32) -> vec4f {
  var sum = vec4f();
  let low = vec2i(floor(position));
  let first = max(low, vec2i(0));
  let last = min(low + 1, vec2i(i32(shape.width), i32(shape.height)) - 1);
  for (var y = first.y; y <= last.y; y++) {
    for (var x = first.x; x <= last.x; x++) {
      let share = 1.0 - abs(position - vec2f(f32(x), f32(y)));
      let at = (u32(y) * shape.width + u32(x)) * shape.channels + channel;
      for (var j = 0u; j < count; j++) {
        sum[j] += share.y * share.x * values[at + j];
      }
    }
  }
  return sum;
}

// Spike counts of membrane potentials, ties to even. The lowest bits of 2²³ + n are n: to read them is
// cheaper than a conversion that minds every float.
fn spike_counts(potential: vec4f) -> vec4u {
  return bitcast<vec4u>(round(clamp(potential, vec4f(), vec4f(shape.levels))) + 8388608.0) & vec4u(15u);
}

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let tiles = (shape.width + 7u) / 8u;
  let group_channels = shape.channels / shape.groups;
  let group_quads = (group_channels + 3u) / 4u;
  let quads = shape.groups * group_quads;
  let index = id.y * grid.x * LANES + id.x;  // the host folds long grids into y
  if index >= shape.height * tiles * quads { return; }
  let quad = index % quads;
  let y = index / quads / tiles;
  let tile = index / quads % tiles;
  let group = quad / group_quads;
  let first = quad % group_quads * 4u;  // channel within the group
  let count = min(4u, group_channels - first);
  let channel = group * group_channels + first;

  // Beyond these bounds all corners are outside; and an offset may be of any size.
  let lowest = vec2f(-2.0);
  let highest = vec2f(f32(shape.width) + 1.0, f32(shape.height) + 1.0);

  var words = vec4u();
  for (var i = 0u; i < min(8u, shape.width - tile * 8u); i++) {
    let x = tile * 8u + i;
    var sum = vec4f();
    for (var p = 0u; p < POINTS; p++) {
      let channel_of_mask = group * POINTS + p;
      let word = mask[(y * tiles + tile) * shape.groups * POINTS + channel_of_mask];
      let spikes = (word >> (4u * i)) & 15u;
      if spikes == 0u { continue; }
      let at = 2u * ((y * shape.width + x) * shape.groups * POINTS + channel_of_mask);
      let centre = vec2f(f32(x + p / 3u), f32(y + p % 3u)) - 1.0;
      let position = clamp(centre + vec2f(offsets[at], offsets[at + 1u]), lowest, highest);
      sum += f32(spikes) * shape.mask_scale * bilinear(position, channel, count);
    }
    let counts = spike_counts(sum);
    words |= counts << vec4u(4u * i);
    if shape.store != 0u {
      let at = (y * shape.width + x) * shape.channels + channel;
      for (var j = 0u; j < count; j++) {
        potential[at + j] = sum[j];
      }
    }
  }
  let out = (y * tiles + tile) * shape.channels + channel;
  for (var j = 0u; j < count; j++) {
    fired[out + j] = words[j];
  }
}
