// Bilinear upsampling of an analog map, align_corners = false.
//
//   source(o)  = max((o + 0.5) · step − 0.5, 0), step = size in / size out, of y and of x
//   out[y,x,c] = the four pixels of the input around the source, weighted by how near they are
//
//   input   vec4f[h][w][C/4]  4 channels each
//   output  vec4f[H][W][C/4]
//
// One invocation owns 8 pixels of a row, 4 channels: neighbours share columns of the input, which it
// interpolates in y once. Source: torch.nn.functional.interpolate, mode bilinear.

override LANES: u32;  // workgroup size

struct Shape {
  in_height: u32,
  in_width: u32,
  out_height: u32,
  out_width: u32,
  quads: u32,  // C/4
  step_y: f32,
  step_x: f32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> input: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> output: array<vec4f>;

fn source(at: u32, step: f32) -> f32 {
  return max((f32(at) + 0.5) * step - 0.5, 0.0);
}

// The input at column x, between two rows that start at `top` and `bottom`.
fn column(x: u32, top: u32, bottom: u32, weight: f32) -> vec4f {
  let at = min(x, shape.in_width - 1u) * shape.quads;
  return mix(input[top + at], input[bottom + at], weight);
}

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let lane = id.y * grid.x * LANES + id.x;  // the host folds long grids into y
  let tiles = (shape.out_width + 7u) / 8u;
  let quad = lane % shape.quads;
  let first = (lane / shape.quads) % tiles * 8u;
  let row = lane / shape.quads / tiles;
  if row >= shape.out_height { return; }

  let y = source(row, shape.step_y);
  let upper = u32(y);
  let lower = min(upper + 1u, shape.in_height - 1u);
  let top = upper * shape.in_width * shape.quads + quad;
  let bottom = lower * shape.in_width * shape.quads + quad;
  let weight = y - f32(upper);

  var low = u32(source(first, shape.step_x));
  var left = column(low, top, bottom, weight);
  var right = column(low + 1u, top, bottom, weight);
  var at = (row * shape.out_width + first) * shape.quads + quad;
  for (var i = first; i < min(first + 8u, shape.out_width); i++) {
    let x = source(i, shape.step_x);
    if x >= f32(low + 1u) {  // by one: no step is longer than a pixel
      low++;
      left = right;
      right = column(low + 1u, top, bottom, weight);
    }
    output[at] = mix(left, right, x - f32(low));
    at += shape.quads;
  }
}
