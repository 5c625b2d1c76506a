// Depthwise 3×3 convolution of an analog map, zero padded.
//
//   output[y,x,c] = Σ(dy,dx) input[y+dy−1, x+dx−1, c] · weight[dy,dx,c]
//
//   input    f32[H][W][C]
//   weights  f32[3][3][⌈C/4⌉·4]
//   output   f32[H][W][C]
//
// One invocation owns a tile of 8 pixels of one channel: each row of the input slides through three
// registers. Source: RepConv of BICLab/Spike2Former, between its two pointwise layers.

override LANES: u32;  // workgroup size

struct Shape {
  height: u32,
  width: u32,
  channels: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

// Of the input, zero beside the map: left of it, x wraps round and is larger than any width.
fn input_at(row: u32, x: u32, c: u32) -> f32 {
  return select(0.0, input[(row + x) * shape.channels + c], x < shape.width);
}

// Brings the next pixel to the front.
fn next(sums: array<f32, 8>) -> array<f32, 8> {
  return array<f32, 8>(sums[1], sums[2], sums[3], sums[4], sums[5], sums[6], sums[7], sums[0]);
}

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let lane = id.y * grid.x * LANES + id.x;  // the host folds long grids into y
  let tiles = (shape.width + 7u) / 8u;
  let c = lane % shape.channels;
  let column = lane / shape.channels % tiles * 8u;
  let row = lane / shape.channels / tiles;
  if row >= shape.height { return; }
  let pitch = (shape.channels + 3u) / 4u * 4u;

  var sums = array<f32, 8>();
  for (var dy = 0u; dy < 3u; dy++) {
    let y = row + dy - 1u;
    if y >= shape.height { continue; }
    let first = y * shape.width;
    let tap = dy * 3u * pitch + c;
    let left = weights[tap];
    let middle = weights[tap + pitch];
    let right = weights[tap + 2u * pitch];
    var a = input_at(first, column - 1u, c);
    var b = input_at(first, column, c);
    for (var i = 1u; i <= min(8u, shape.width + 7u); i++) {  // 8; a bound that is not unrolled
      let d = input_at(first, column + i, c);
      sums[0] = fma(a, left, fma(b, middle, fma(d, right, sums[0])));
      sums = next(sums);
      a = b;
      b = d;
    }
  }
  for (var i = 0u; i < min(8u, shape.width - column); i++) {
    output[(row * shape.width + column + i) * shape.channels + c] = sums[0];
    sums = next(sums);
  }
}
