// Label map of the source picture: scores, bilinearly resized to it, and the best class of each pixel.
//
//   labels[y,x] = argmax(k) up[y,x,k], the first of equals
//   up          = the content of the score map, resized to the picture, corners not aligned
//
//   scores  vec4f[rows][W][⌈K/4⌉]  a band of the score map, from row `band_row` on; 0 or more, and 0
//                                  beyond the last class
//   labels  u32[H'][pitch]         packed labels, BYTES of each, the first in the lowest bits; every row
//                                  of the picture begins with a new word, and what fills its last word
//                                  means nothing
//
// One invocation owns 4 pixels of a row, which share the columns of scores that lie around them.
// Source: the test pipeline of mmsegmentation, as BICLab/Spike2Former uses it.

override LANES: u32;  // workgroup size
override BYTES: u32;  // of a label: 1 or 2

struct Shape {
  width: u32,           // W, of the score map
  class_quads: u32,     // ⌈K/4⌉
  content_height: u32,  // the upper left part of the score map that shows the picture
  content_width: u32,
  band_row: u32,
  source_width: u32,
  first_row: u32,       // of the picture, here
  rows: u32,
  step_y: f32,          // content height / source height
  step_x: f32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> scores: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> labels: array<u32>;

// Where outputs lie among the inputs, of which they are `step` apart.
fn source(at: vec4f, step: f32) -> vec4f {
  return max((at + 0.5) * step - 0.5, vec4f());
}

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let runs = (shape.source_width + 3u) / 4u;
  let index = id.y * grid.x * LANES + id.x;  // the host folds long grids into y
  if index >= shape.rows * runs { return; }
  let row = shape.first_row + index / runs;
  let run = index % runs * 4u;

  let y = source(vec4f(f32(row)), shape.step_y).x;
  let upper = min(u32(y), shape.content_height - 1u);
  let lower = min(upper + 1u, shape.content_height - 1u);
  let top = (upper - shape.band_row) * shape.width;
  let bottom = (lower - shape.band_row) * shape.width;
  let weight = y - f32(upper);

  // The run lies between the columns from `left` on; `at` counts from there.
  let x = source(f32(run) + vec4f(0.0, 1.0, 2.0, 3.0), shape.step_x);
  let left = u32(x[0]);
  let at = x - f32(left);
  var best = vec4f(-1.0);  // scores are sums of products of probabilities: 0 or more
  var label = vec4u();
  for (var k = 0u; k < shape.class_quads; k++) {
    var pixels = mat4x4f();
    for (var c = 0u; f32(c) < at[3] + 1.0; c++) {
      let column = min(left + c, shape.content_width - 1u);
      var score = scores[(top + column) * shape.class_quads + k];
      if weight > 0.0 {
        score = mix(score, scores[(bottom + column) * shape.class_quads + k], weight);
      }
      let near = max(1.0 - abs(at - f32(c)), vec4f());
      for (var i = 0u; i < 4u; i++) { pixels[i] += score * near[i]; }
    }
    let classes = transpose(pixels);
    for (var j = 0u; j < 4u; j++) {
      label = select(label, vec4u(4u * k + j), classes[j] > best);
      best = max(best, classes[j]);
    }
  }

  if BYTES == 1u {
    labels[row * runs + run / 4u] = dot(label, vec4u(1u, 1u << 8u, 1u << 16u, 1u << 24u));
  } else {
    let word = row * ((shape.source_width + 1u) / 2u) + run / 2u;
    labels[word] = label[0] | (label[1] << 16u);
    if run + 2u < shape.source_width { labels[word + 1u] = label[2] | (label[3] << 16u); }
  }
}
