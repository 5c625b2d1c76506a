// Label map of the source picture: scores, bilinearly resized to it, and the best class of each pixel.
//
//   labels[y,x] = argmax(k) up[y,x,k], the first of equals
//   up          = the content of the score map, resized to the picture, corners not aligned
//
//   scores  vec4f[rows][W][⌈K/4⌉]  a band of the score map, from row `band_row` on; 0 or more, and 0
//                                  beyond the last class
//   labels  u32[H'][pitch]         packed labels, BYTES of each, the first in the lowest bits; every row of
//                                  the picture begins with a new word
//
// One invocation owns a word of the label map, and walks its pixels.
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

// The two rows (or columns) around output `at`, and the weight of the second.
struct Interpolation { low: u32, high: u32, weight: f32 }

fn interpolate(at: u32, step: f32, size: u32) -> Interpolation {
  let source = max((f32(at) + 0.5) * step - 0.5, 0.0);
  let low = min(u32(source), size - 1u);
  return Interpolation(low, min(low + 1u, size - 1u), source - f32(low));
}

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let per_word = 4u / BYTES;
  let pitch = (shape.source_width + per_word - 1u) / per_word;
  let word = id.y * grid.x * LANES + id.x;  // the host folds long grids into y
  if word >= shape.rows * pitch { return; }
  let row = shape.first_row + word / pitch;
  let column = word % pitch * per_word;

  let y = interpolate(row, shape.step_y, shape.content_height);
  let top = (y.low - shape.band_row) * shape.width;
  let bottom = (y.high - shape.band_row) * shape.width;
  var packed = 0u;
  for (var i = 0u; i < min(per_word, shape.source_width - column); i++) {
    let x = interpolate(column + i, shape.step_x, shape.content_width);
    let a = (top + x.low) * shape.class_quads;
    let b = (top + x.high) * shape.class_quads;
    let c = (bottom + x.low) * shape.class_quads;
    let d = (bottom + x.high) * shape.class_quads;
    var best = -1.0;  // scores are sums of products of probabilities: 0 or more
    var label = 0u;
    for (var k = 0u; k < shape.class_quads; k++) {
      var score = scores[a + k];
      if x.weight > 0.0 { score = (1.0 - x.weight) * score + x.weight * scores[b + k]; }
      if y.weight > 0.0 {
        var lower = scores[c + k];
        if x.weight > 0.0 { lower = (1.0 - x.weight) * lower + x.weight * scores[d + k]; }
        score = (1.0 - y.weight) * score + y.weight * lower;
      }
      for (var j = 0u; j < 4u; j++) {
        label = select(label, 4u * k + j, score[j] > best);
        best = max(best, score[j]);
      }
    }
    packed |= label << (8u * BYTES * i);
  }
  labels[row * pitch + column / per_word] = packed;
}
