// Scores of the classes at the size of the network's input, for a band of rows.
//
//   scores[y,x,k] = Σq probabilities[q,k] · sigmoid(up[y,x,q])
//   up            = masks, bilinearly upsampled to H×W, corners not aligned
//
//   masks          f32[h][w][Q]     logits
//   probabilities  f32[Q][K]        0..1
//   scores         f32[rows][W][K]  from row `first_row` of the map on; sums over queries, may exceed 1
//
// One workgroup owns a few runs of 4 pixels of one row. First its lanes share out runs and queries
// and put sigmoids into workgroup memory; then they share out runs and groups of 4 classes and sum.
// Source: MaskFormer's semantic inference, as BICLab/Spike2Former uses it.

struct Shape {
  in_height: u32,   // h
  in_width: u32,    // w
  queries: u32,     // Q
  classes: u32,     // K
  out_height: u32,  // H
  out_width: u32,   // W
  first_row: u32,
  runs: u32,        // of one workgroup
}

const LANES = 64u;
const CAPACITY = 512u;  // runs · queries: half of the workgroup memory there is

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> masks: array<f32>;
@group(0) @binding(2) var<storage, read> probabilities: array<f32>;
@group(0) @binding(3) var<storage, read_write> scores: array<f32>;

var<workgroup> sigmoids: array<vec4f, CAPACITY>;  // [run][query]

struct Position {
  low: u32,
  weight: f32,  // of low + 1
}

// Where output `at` of `outputs` lies among `size` inputs. In integers, so that no size is too large
// for exact weights.
fn source(at: u32, size: u32, outputs: u32) -> Position {
  let halves = u32(max(i32((2u * at + 1u) * size) - i32(outputs), 0));
  let unit = 2u * outputs;
  return Position(halves / unit, f32(halves % unit) / f32(unit));
}

// Column x of the masks of a query, between two rows; the last column goes on for ever.
fn column(row: Position, x: u32, query: u32) -> f32 {
  let high = min(row.low + 1u, shape.in_height - 1u);
  let at = min(x, shape.in_width - 1u) * shape.queries + query;
  let pitch = shape.in_width * shape.queries;
  return mix(masks[row.low * pitch + at], masks[high * pitch + at], row.weight);
}

// Of a run of pixels that begins at x. Neighbours share columns: each is read once.
fn run_of_sigmoids(row: Position, x: u32, query: u32) -> vec4f {
  var next = source(x, shape.in_width, shape.out_width).low;
  var left: f32;
  var right: f32;
  var logits: vec4f;
  for (var i = 0u; i < min(4u, shape.out_width - x); i++) {
    let position = source(x + i, shape.in_width, shape.out_width);
    for (; next <= position.low + 1u; next++) {
      left = right;
      right = column(row, next, query);
    }
    logits[i] = mix(left, right, position.weight);
  }
  // WGSL does not say what becomes of an exponential that overflows.
  return 1.0 / (1.0 + exp(min(-logits, vec4f(80.0))));
}

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let first = group.x * shape.runs;  // run
  let runs = min(shape.runs, (shape.out_width + 3u) / 4u - first);
  let row = source(shape.first_row + group.y, shape.in_height, shape.out_height);
  for (var task = lane; task < runs * shape.queries; task += LANES) {
    let run = first + task / shape.queries;
    sigmoids[task] = run_of_sigmoids(row, 4u * run, task % shape.queries);
  }
  workgroupBarrier();

  let quads = (shape.classes + 3u) / 4u;
  for (var task = lane; task < runs * quads; task += LANES) {
    let run = task / quads;
    let k = task % quads * 4u;
    // Four pixels for each class; beyond the last class its sum is formed again.
    var sums = array<vec4f, 4>();
    for (var q = 0u; q < shape.queries; q++) {
      let s = sigmoids[run * shape.queries + q];
      let at = q * shape.classes;
      sums[0] += s * probabilities[at + k];
      sums[1] += s * probabilities[at + min(k + 1u, shape.classes - 1u)];
      sums[2] += s * probabilities[at + min(k + 2u, shape.classes - 1u)];
      sums[3] += s * probabilities[at + min(k + 3u, shape.classes - 1u)];
    }
    let x = 4u * (first + run);
    for (var j = 0u; j < min(4u, shape.classes - k); j++) {
      for (var i = 0u; i < min(4u, shape.out_width - x); i++) {
        scores[(group.y * shape.out_width + x + i) * shape.classes + k + j] = sums[0].x;
        sums[0] = sums[0].yzwx;
      }
      sums = array(sums[1], sums[2], sums[3], sums[0]);
    }
  }
}
