// Resize of a picture and the normalising that makes it the network's input, in two passes.
//
//   rows[r,x]    = (Σk cx[x,k] · source[r, sx[x] + k] + half) >> shift
//   picture[y,x] = (Σk (cy[y,k] · rows[sy[y] + k, x] >> tap_shift) + half) >> shift
//   input[y,x]   = normalised[picture[y,x]] within the content, 0 in the padding
//
//   source        texture          RGBA, 8 bits a channel; alpha is ignored
//   starts        i32[N]           sx or sy: first tap of each output; beyond the border, clamped
//   coefficients  i32[N][taps]     cx or cy: fixed point, at least 0; those of an output sum to 1
//   rows          vec2u[R][W]      R rows of the source, W columns of the content: r | g << 16, b
//   normalised    vec4f[256]       (value − mean) / std per channel; WGSL's division is inexact
//   input         f32[H'][W'][3]
//   picture       u32[H][W]        RGBA, alpha 255
//
// One invocation owns a pixel of what its pass writes. The sums are Pillow's BILINEAR or OpenCV's
// INTER_LINEAR, bit for bit; the uniform tells how each rounds. Weighted means need no clipping.
// Source: Pillow, libImaging/Resample.c; OpenCV, imgproc/resize.cpp.

override VERTICAL: bool;  // the second pass

struct Shape {
  height: u32,          // what the pass writes
  width: u32,
  content_height: u32,  // of which this much is resampled, the rest is padding
  content_width: u32,   // W
  last: i32,            // last pixel of the axis that is resampled
  taps: u32,
  tap_shift: u32,
  half: i32,
  shift: u32,
  store: u32,           // write the picture
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<uniform> normalised: array<vec4f, 256>;
@group(0) @binding(2) var source: texture_2d<f32>;
@group(0) @binding(3) var<storage, read> starts: array<i32>;
@group(0) @binding(4) var<storage, read> coefficients: array<i32>;
@group(0) @binding(5) var<storage, read_write> rows: array<vec2u>;
@group(0) @binding(6) var<storage, read_write> input: array<f32>;
@group(0) @binding(7) var<storage, read_write> picture: array<u32>;

// The pixel at place `at` of the axis that is resampled.
fn pixel(at: i32, out: vec2u) -> vec3i {
  if !VERTICAL {
    return vec3i(round(textureLoad(source, vec2i(at, i32(out.y)), 0).rgb * 255.0));
  }
  let row = rows[u32(at) * shape.content_width + out.x];
  return vec3i(vec3u(row.x & 0xffffu, row.x >> 16u, row.y));
}

fn resample(out: vec2u) -> vec3u {
  let i = select(out.x, out.y, VERTICAL);
  var sum = vec3i(shape.half);
  for (var k = 0u; k < shape.taps; k++) {
    let at = clamp(starts[i] + i32(k), 0, shape.last);
    let product = coefficients[i * shape.taps + k] * pixel(at, out);
    sum += product >> vec3u(shape.tap_shift);
  }
  return vec3u(sum >> vec3u(shape.shift));
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let out = id.xy;
  if any(out >= vec2u(shape.width, shape.height)) { return; }
  let within = all(out < vec2u(shape.content_width, shape.content_height));
  let at = out.y * shape.content_width + out.x;
  var level = vec3u();
  if within { level = resample(out); }
  if !VERTICAL {
    rows[at] = vec2u(level.r | (level.g << 16u), level.b);
    return;
  }
  if within && shape.store != 0u {
    picture[at] = level.r | (level.g << 8u) | (level.b << 16u) | 0xff000000u;
  }
  let inside = vec3f(normalised[level.r].r, normalised[level.g].g, normalised[level.b].b);
  let value = select(vec3f(), inside, within);
  let first = 3u * (out.y * shape.width + out.x);
  input[first] = value.r;
  input[first + 1u] = value.g;
  input[first + 2u] = value.b;
}
