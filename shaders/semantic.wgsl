// Scores of the classes at the size of the network's input, for a band of rows.
//
//   scores[y,x,k] = Σq probabilities[q,k] · sigmoid(up[y,x,q])
//   up            = masks, bilinearly upsampled to H×W, corners not aligned
//
//   masks          f32[h][w][Q]     logits
//   probabilities  f32[Q][K]        0..1
//   scores         f32[rows][W][K]  from row `first_row` of the map on; sums over queries, may exceed 1
//
// One invocation owns a run of PIXELS of one row. It keeps their sigmoids in workgroup memory, which
// is larger than registers, and sums 8 classes at a time; neighbouring lanes are neighbouring runs, so
// that all of them need the same probability at once.
// Source: MaskFormer's semantic inference, as BICLab/Spike2Former uses it.

override LANES: u32;   // workgroup size
override PIXELS: u32;  // of an invocation: 1, 2 or 4

struct Shape {
  in_height: u32,   // h
  in_width: u32,    // w
  queries: u32,     // Q; LANES · PIXELS · Q is at most CAPACITY
  classes: u32,     // K
  out_height: u32,  // H
  out_width: u32,   // W
  first_row: u32,
}

const CAPACITY = 4096u;

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> masks: array<f32>;
@group(0) @binding(2) var<storage, read> probabilities: array<f32>;
@group(0) @binding(3) var<storage, read_write> scores: array<f32>;

var<workgroup> sigmoids: array<f32, CAPACITY>;  // [query][pixel of the run][lane]

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

// Probabilities of 4 classes from k on; beyond the last class, its own again.
fn probability(query: u32, k: u32) -> vec4f {
  let last = shape.classes - 1u;
  let at = query * shape.classes;
  return vec4f(
    probabilities[at + min(k, last)],
    probabilities[at + min(k + 1u, last)],
    probabilities[at + min(k + 2u, last)],
    probabilities[at + min(k + 3u, last)],
  );
}

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let x = (group.x * LANES + lane) * PIXELS;
  let row = source(shape.first_row + group.y, shape.in_height, shape.out_height);
  var lows: vec4u;
  var weights: vec4f;
  for (var i = 0u; i < PIXELS; i++) {
    let position = source(x + i, shape.in_width, shape.out_width);
    lows[i] = position.low;
    weights[i] = position.weight;
  }
  for (var q = 0u; q < shape.queries; q++) {
    var logits: vec4f;
    // Neighbours share columns: each is read once. Masks never shrink, so the next is one further.
    var low = lows[0];
    var left = column(row, low, q);
    var right = column(row, low + 1u, q);
    for (var i = 0u; i < PIXELS; i++) {
      if lows[i] != low {
        low = lows[i];
        left = right;
        right = column(row, low + 1u, q);
      }
      logits[i] = mix(left, right, weights[i]);
    }
    // WGSL does not say what becomes of an exponential that overflows.
    let run = 1.0 / (1.0 + exp(min(-logits, vec4f(80.0))));
    for (var i = 0u; i < PIXELS; i++) {
      sigmoids[(q * PIXELS + i) * LANES + lane] = run[i];
    }
  }

  for (var k = 0u; k < shape.classes; k += 8u) {
    var low = array<vec4f, 4>();
    var high = array<vec4f, 4>();
    for (var q = 0u; q < shape.queries; q++) {
      let p = probability(q, k);
      let r = probability(q, k + 4u);
      for (var i = 0u; i < PIXELS; i++) {
        let s = sigmoids[(q * PIXELS + i) * LANES + lane];
        low[i] = fma(vec4f(s), p, low[i]);
        high[i] = fma(vec4f(s), r, high[i]);
      }
    }
    for (var i = 0u; i < min(PIXELS, shape.out_width - min(x, shape.out_width)); i++) {
      let at = (group.y * shape.out_width + x + i) * shape.classes + k;
      for (var j = 0u; j < min(4u, shape.classes - k); j++) {
        scores[at + j] = low[i][j];
      }
      for (var j = 4u; j < min(8u, shape.classes - k); j++) {
        scores[at + j] = high[i][j - 4u];
      }
    }
  }
}
