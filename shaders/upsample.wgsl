// Bilinear upsampling of an analog map, align_corners = false.
//
//   source(o)  = max((o + 0.5) · step − 0.5, 0), step = size in / size out, of y and of x
//   out[y,x,c] = the four pixels of the input around the source, weighted by how near they are
//
//   input   f32[h][w][C]
//   output  f32[H][W][C]
//
// One invocation owns one element. Source: torch.nn.functional.interpolate, mode bilinear.

struct Shape {
  in_height: u32,
  in_width: u32,
  out_height: u32,
  out_width: u32,
  channels: u32,
  step_y: f32,
  step_x: f32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

const LANES = 64u;

// The two rows (or columns) around output `at`, and the weight of the second.
struct Interpolation { low: u32, high: u32, weight: f32 }

fn interpolate(at: u32, step: f32, size: u32) -> Interpolation {
  let source = max((f32(at) + 0.5) * step - 0.5, 0.0);
  let low = min(u32(source), size - 1u);
  return Interpolation(low, min(low + 1u, size - 1u), source - f32(low));
}

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let at = id.y * grid.x * LANES + id.x;  // the host folds long grids into y
  let c = at % shape.channels;
  let column = (at / shape.channels) % shape.out_width;
  let row = at / shape.channels / shape.out_width;
  if row >= shape.out_height { return; }

  let y = interpolate(row, shape.step_y, shape.in_height);
  let x = interpolate(column, shape.step_x, shape.in_width);
  let top = y.low * shape.in_width;
  let bottom = y.high * shape.in_width;
  let upper = (1.0 - x.weight) * input[(top + x.low) * shape.channels + c]
    + x.weight * input[(top + x.high) * shape.channels + c];
  let lower = (1.0 - x.weight) * input[(bottom + x.low) * shape.channels + c]
    + x.weight * input[(bottom + x.high) * shape.channels + c];
  output[at] = (1.0 - y.weight) * upper + y.weight * lower;
}
