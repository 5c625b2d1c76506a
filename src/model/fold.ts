/** The tensors of one batch norm, [channels] each. */
export interface BatchNorm {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  readonly runningMean: Float32Array;
  readonly runningVar: Float32Array;
}

/** A convolution or linear layer; weight row-major with the output channel first, bias [out]. */
export interface FoldedConv {
  readonly weight: Float32Array<ArrayBuffer>;
  readonly bias: Float32Array<ArrayBuffer>;
}

/** A re-parameterised convolution and the batch norm after it, in order of execution. */
export interface RepConv {
  /** 1×1, [mid, in]. */
  readonly pointwise1: Float32Array;
  readonly bn1: BatchNorm;
  /** 3×3, [mid, 3, 3]. */
  readonly depthwise: Float32Array;
  /** 1×1, [out, mid]. */
  readonly pointwise2: Float32Array;
  readonly bn2: BatchNorm;
  readonly bn3: BatchNorm;
}

const EPSILON = 1e-5;
const TAPS = 9;

/**
 * Batch norm at inference as `a * x + shift` per channel, not rounded to f32 so that further folding
 * rounds only once.
 */
export function batchNormScale(
  bn: BatchNorm,
  eps: number = EPSILON,
): { a: Float64Array; shift: Float64Array } {
  const a = Float64Array.from(
    bn.weight,
    (gamma, c) => gamma / Math.sqrt(at(bn.runningVar, c) + eps),
  );
  const shift = Float64Array.from(bn.bias, (beta, c) => beta - at(bn.runningMean, c) * at(a, c));
  return { a, shift };
}

/**
 * Folds `BN(conv(x) + bias)` into one convolution. Exact with zero padding of x. New arrays.
 *
 * - `weight`: [out, …], `out` being the channels of `bn`
 * - `bias`: [out], absent where the convolution has none
 */
export function foldConv(
  weight: Float32Array,
  bias: Float32Array | undefined,
  bn: BatchNorm,
  eps: number = EPSILON,
): FoldedConv {
  const { a, shift } = batchNormScale(bn, eps);
  const perOutput = weight.length / a.length;
  const foldedWeight = new Float32Array(weight.length);
  for (let o = 0, k = 0; o < a.length; o++) {
    const scale = at(a, o);
    for (const end = k + perOutput; k < end; k++) foldedWeight[k] = scale * at(weight, k);
  }
  const foldedBias = Float32Array.from(shift, (value, o) =>
    bias === undefined ? value : value + at(a, o) * at(bias, o),
  );
  return { weight: foldedWeight, bias: foldedBias };
}

/**
 * Fuses a whole RepConv, whose border is padded with BN1(0), into one 3×3 convolution with zero
 * padding of 1: weight [out, in, 3, 3]. 9·out·mid·in multiply-adds.
 */
export function fuseRepConv(rep: RepConv, eps: number = EPSILON): FoldedConv {
  const first = batchNormScale(rep.bn1, eps);
  const second = batchNormScale(rep.bn2, eps);
  const third = batchNormScale(rep.bn3, eps);
  const mid = first.a.length;
  const inputs = rep.pointwise1.length / mid;
  const outputs = second.a.length;

  const columns = transpose(rep.pointwise1, mid, inputs);
  const taps = scaleRows(rep.depthwise, first.a);
  const border = borderSums(rep.depthwise, first.shift);

  const weight = new Float32Array(outputs * inputs * TAPS);
  const bias = new Float32Array(outputs);
  const factors = new Float64Array(mid * TAPS);
  for (let o = 0; o < outputs; o++) {
    const scale = at(second.a, o) * at(third.a, o);
    let constant = 0;
    for (let m = 0; m < mid; m++) {
      const k2 = at(rep.pointwise2, o * mid + m);
      constant += k2 * at(border, m);
      for (let t = m * TAPS; t < (m + 1) * TAPS; t++) factors[t] = scale * k2 * at(taps, t);
    }
    const inner = at(second.a, o) * constant + at(second.shift, o);
    bias[o] = inner * at(third.a, o) + at(third.shift, o);
    for (let i = 0; i < inputs; i++) {
      sumTaps(columns, i * mid, factors, weight, (o * inputs + i) * TAPS);
    }
  }
  return { weight, bias };
}

/**
 * A whole RepConv as its three steps, all zero padded: what BN1 adds is also what the border of the
 * depthwise step is padded with, so it moves on as a constant, into the last bias. `pointwise1`
 * [mid, in] holds BN1's gain, `last` [out, mid] the other two norms.
 */
export function stageRepConv(
  rep: RepConv,
  eps: number = EPSILON,
): { readonly pointwise1: Float32Array<ArrayBuffer>; readonly last: FoldedConv } {
  const first = batchNormScale(rep.bn1, eps);
  const second = batchNormScale(rep.bn2, eps);
  const third = batchNormScale(rep.bn3, eps);
  const mid = first.a.length;
  const inputs = rep.pointwise1.length / mid;
  const border = borderSums(rep.depthwise, first.shift);
  const pointwise1 = Float32Array.from(
    rep.pointwise1,
    (w, i) => w * at(first.a, Math.floor(i / inputs)),
  );
  const weight = Float32Array.from(rep.pointwise2, (w, i) => {
    const o = Math.floor(i / mid);
    return w * at(second.a, o) * at(third.a, o);
  });
  const bias = Float32Array.from(second.a, (a, o) => {
    let constant = 0;
    for (let m = 0; m < mid; m++) constant += at(rep.pointwise2, o * mid + m) * at(border, m);
    return (a * constant + at(second.shift, o)) * at(third.a, o) + at(third.shift, o);
  });
  return { pointwise1, last: { weight, bias } };
}

/**
 * out[to + t] = Σ_m column[from + m] * factors[m, t], for the nine taps t. Nearly all the time of a
 * fusion is spent here; nine sums in registers for one load of the column halve it.
 */
function sumTaps(
  column: Float64Array,
  from: number,
  factors: Float64Array,
  out: Float32Array,
  to: number,
): void {
  let [s0, s1, s2, s3, s4, s5, s6, s7, s8] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let m = from, k = 0; k < factors.length; m++, k += TAPS) {
    const x = column[m] ?? 0;
    s0 += x * (factors[k] ?? 0);
    s1 += x * (factors[k + 1] ?? 0);
    s2 += x * (factors[k + 2] ?? 0);
    s3 += x * (factors[k + 3] ?? 0);
    s4 += x * (factors[k + 4] ?? 0);
    s5 += x * (factors[k + 5] ?? 0);
    s6 += x * (factors[k + 6] ?? 0);
    s7 += x * (factors[k + 7] ?? 0);
    s8 += x * (factors[k + 8] ?? 0);
  }
  out.set([s0, s1, s2, s3, s4, s5, s6, s7, s8], to);
}

/** [rows, columns] to [columns, rows]. */
function transpose(matrix: Float32Array, rows: number, columns: number): Float64Array {
  const transposed = new Float64Array(matrix.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) transposed[c * rows + r] = at(matrix, r * columns + c);
  }
  return transposed;
}

/** a[m] * depthwise[m, t]. */
function scaleRows(depthwise: Float32Array, a: Float64Array): Float64Array {
  return Float64Array.from(depthwise, (value, k) => value * at(a, Math.floor(k / TAPS)));
}

/** What the constant `shift[m]` becomes behind the depthwise convolution. */
function borderSums(depthwise: Float32Array, shift: Float64Array): Float64Array {
  return shift.map((value, m) => {
    let sum = 0;
    for (let t = 0; t < TAPS; t++) sum += at(depthwise, m * TAPS + t);
    return value * sum;
  });
}

/** An element that is known to exist. */
function at(values: Float32Array | Float64Array, index: number): number {
  return values[index] ?? 0;
}
