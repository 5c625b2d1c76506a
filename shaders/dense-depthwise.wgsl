// Depthwise 3×3 convolution of an analog map, zero padded.
//
//   output[y,x,c] = Σ(dy,dx) input[y+dy−1, x+dx−1, c] · weight[dy,dx,c]
//
//   input    f32[H][W][C]
//   weights  f32[3][3][⌈C/4⌉·4]
//   output   f32[H][W][C]
//
// One invocation owns 8 pixels of one channel, in two rows one below the other: each input serves both.
// Source: RepConv of BICLab/Spike2Former, between its two pointwise layers.

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

// Of the input, zero beside the map: left of it and above it, x or y wraps round and is too large.
fn input_at(y: u32, x: u32, c: u32) -> f32 {
  return select(0.0, input[(y * shape.width + x) * shape.channels + c], x < shape.width && y < shape.height);
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
  let row = lane / shape.channels / tiles * 2u;
  if row >= shape.height { return; }
  let pitch = (shape.channels + 3u) / 4u * 4u;

  var one: array<f32, 8>;
  var two: array<f32, 8>;
  var w = vec3f();
  // The input from a row above to a row below. Bounds like these are not unrolled: the copies of the
  // loads take longer to compile, and to fetch.
  for (var y = row; y < row + 4u; y++) {
    let before = w;  // under the second row, the weights are a row behind
    let tap = (y - row) * 3u * pitch + c;
    w = select(vec3f(), vec3f(weights[tap], weights[tap + pitch], weights[tap + 2u * pitch]), y < row + 3u);
    var inputs: array<f32, 10>;
    for (var i = 0u; i < 10u; i++) { inputs[i] = input_at(y - 1u, column + i - 1u, c); }
    for (var i = 0u; i < 8u; i++) {
      one[i] = fma(inputs[i], w.x, fma(inputs[i + 1u], w.y, fma(inputs[i + 2u], w.z, one[i])));
      two[i] = fma(inputs[i], before.x, fma(inputs[i + 1u], before.y, fma(inputs[i + 2u], before.z, two[i])));
    }
  }
  for (var y = row; y < min(row + 2u, shape.height); y++) {
    for (var x = column; x < min(column + 8u, shape.width); x++) {
      output[(y * shape.width + x) * shape.channels + c] = one[0];
      one = next(one);
    }
    one = two;
  }
}
