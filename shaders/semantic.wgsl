// Scores of the classes at the size of the network's input, for a band of rows; or at once the label
// map, for a picture of that size.
//
//   scores[y,x,k] = Σq probabilities[q,k] · sigmoid(up[y,x,q])
//   up            = masks, bilinearly resized to H×W, corners not aligned
//
//   masks          vec4f[h][w][⌈Q/4⌉]     logits, 4 queries each
//   probabilities  vec4f[⌈Q/4⌉·4][QUADS]  0..1, 4 classes each, of a block of classes; rows beyond Q are 0
//   scores         vec4f[rows][W][⌈K/4⌉]  from row `first_row` of the map on; sums over queries, may
//                                         exceed 1; 0 beyond the last class
//   labels         u32[rows][⌈W/4⌉]       the best class of each pixel, the first of equals, a byte each,
//                                         the first pixel in the lowest; of one block of classes
//
// One invocation owns 4 pixels of a row and one block of classes. It makes the sigmoids of 4 queries at
// a time, so that the sums take products of 4×4 matrices: loads are dear, and each serves 4 pixels. Where
// the device has subgroups, four lanes load the probabilities, which are the same for all, together.
// Source: MaskFormer's semantic inference, as BICLab/Spike2Former uses it.

enable subgroups;

override LANES: u32;   // workgroup size
override QUADS: u32;   // of classes in a block, 1 to 6
override SHARED: bool; // quads of lanes load together
override LABELS: bool; // write the labels, and no scores

struct Shape {
  in_height: u32,    // h
  in_width: u32,     // w
  query_quads: u32,  // ⌈Q/4⌉
  class_quads: u32,  // ⌈K/4⌉
  out_height: u32,   // H
  out_width: u32,    // W
  first_row: u32,
  first_quad: u32,   // of the block
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> masks: array<vec4f>;
@group(0) @binding(2) var<uniform> probabilities: array<vec4f, 4096>;
@group(0) @binding(3) var<storage, read_write> scores: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> labels: array<u32>;

// Where output `at` of `outputs` lies among `size` inputs, in units of 1/(2 · outputs): in integers, so
// that no size is too large for exact weights.
fn source(at: u32, size: u32, outputs: u32) -> u32 {
  return u32(max(i32((2u * at + 1u) * size) - i32(outputs), 0));
}

// Of 4 queries and a quad of classes, a column for each query; `part`, 0 to 3, is the lane's place in its
// quad.
fn probabilities_from(first: u32, part: u32) -> mat4x4f {
  if SHARED {
    let own = probabilities[first + part * QUADS];
    return mat4x4f(quadBroadcast(own, 0u), quadBroadcast(own, 1u), quadBroadcast(own, 2u), quadBroadcast(own, 3u));
  }
  return mat4x4f(
    probabilities[first],
    probabilities[first + QUADS],
    probabilities[first + 2u * QUADS],
    probabilities[first + 3u * QUADS],
  );
}

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let y = source(shape.first_row + group.y, shape.in_height, shape.out_height);
  let row = y / (2u * shape.out_height);
  let top = row * shape.in_width;
  let bottom = min(row + 1u, shape.in_height - 1u) * shape.in_width;
  let weight = f32(y % (2u * shape.out_height)) / f32(2u * shape.out_height);

  // The run of pixels lies between the columns from `left` on; `at` counts from there.
  let run = (group.x * LANES + lane) * 4u;
  let unit = 2u * shape.out_width;
  let left = source(run, shape.in_width, shape.out_width) / unit;
  var at: vec4f;
  for (var i = 0u; i < 4u; i++) {
    at[i] = f32(source(run + i, shape.in_width, shape.out_width) - left * unit) / f32(unit);
  }

  var sums: array<mat4x4f, 6>;
  for (var q = 0u; q < shape.query_quads; q++) {
    // A column for each pixel. Without a value here, Dawn would go on with the last iteration's.
    var logits = mat4x4f();
    for (var c = 0u; f32(c) < at[3] + 1.0; c++) {
      let column = min(left + c, shape.in_width - 1u);
      let upper = masks[(top + column) * shape.query_quads + q];
      let lower = masks[(bottom + column) * shape.query_quads + q];
      let between = mix(upper, lower, weight);
      let near = max(1.0 - abs(at - f32(c)), vec4f());
      for (var i = 0u; i < 4u; i++) { logits[i] += between * near[i]; }
    }
    var sigmoids: mat4x4f;
    for (var i = 0u; i < 4u; i++) {
      // WGSL does not say what becomes of an exponential that overflows.
      sigmoids[i] = 1.0 / (1.0 + exp(min(-logits[i], vec4f(80.0))));
    }
    for (var k = 0u; k < QUADS; k++) {
      let of_queries = probabilities_from(q * 4u * QUADS + k, lane % 4u);
      sums[k] += of_queries * sigmoids;
    }
  }

  // A bound that the compiler cannot see, and registers that rotate: unrolled, this would be half of the
  // code.
  var best = vec4f(-1.0);  // of each pixel; scores are sums of products of probabilities: 0 or more
  var label = vec4u();
  for (var k = shape.first_quad; k < min(shape.first_quad + QUADS, shape.class_quads); k++) {
    if LABELS {
      let of_pixels = transpose(sums[0]);
      for (var j = 0u; j < 4u; j++) {
        label = select(label, vec4u(4u * k + j), of_pixels[j] > best);
        best = max(best, of_pixels[j]);
      }
    } else {
      for (var i = 0u; i < 4u; i++) {
        if run + i < shape.out_width {
          scores[(group.y * shape.out_width + run + i) * shape.class_quads + k] = sums[0][i];
        }
      }
    }
    sums = array<mat4x4f, 6>(sums[1], sums[2], sums[3], sums[4], sums[5], sums[0]);
  }
  if LABELS && run < shape.out_width {
    let word = group.y * ((shape.out_width + 3u) / 4u) + run / 4u;
    labels[word] = label.x | (label.y << 8u) | (label.z << 16u) | (label.w << 24u);
  }
}
