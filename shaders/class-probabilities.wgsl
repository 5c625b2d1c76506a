// Class probabilities of the queries: softmax over the classes and "no object", whose share is lost.
//
//   probabilities[q,k] = exp(logits[q,k] − m) / Σj exp(logits[q,j] − m),   m = max over j of logits[q,j]
//
//   logits         f32[Q][K+1]  the last column is "no object"
//   probabilities  f32[⌈K/width⌉][⌈Q/4⌉·4][width]  0..1, in blocks of classes, 0 beyond the last query
//                               or class; a query's sum to 1 less the probability of "no object"
//
// One invocation owns one query.
// Source: MaskFormer's semantic inference, as BICLab/Spike2Former uses it.

struct Shape {
  queries: u32,  // Q
  classes: u32,  // K
  blocks: u32,   // of classes
  width: u32,    // classes of a block
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> probabilities: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let rows = (shape.queries + 3u) / 4u * 4u;
  if id.x >= rows { return; }
  let first = min(id.x, shape.queries - 1u) * (shape.classes + 1u);

  // The largest exponent is 0: nothing overflows, and the sum is at least 1.
  var largest = logits[first];
  for (var k = 1u; k <= shape.classes; k++) {
    largest = max(largest, logits[first + k]);
  }
  var sum = 0.0;
  for (var k = 0u; k <= shape.classes; k++) {
    sum += exp(logits[first + k] - largest);
  }
  for (var block = 0u; block < shape.blocks; block++) {
    for (var i = 0u; i < shape.width; i++) {
      let k = block * shape.width + i;
      var probability = 0.0;
      if k < shape.classes && id.x < shape.queries {
        probability = exp(logits[first + k] - largest) / sum;
      }
      probabilities[(block * rows + id.x) * shape.width + i] = probability;
    }
  }
}
