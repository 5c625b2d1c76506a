import type { GraphBuilder } from './builder.ts';
import {
  foldConv,
  fuseRepConv,
  stageRepConv,
  type BatchNorm,
  type FoldedConv,
  type RepConv,
} from './fold.ts';
import type { Constant, ReadWeights } from './graph.ts';
import { padded } from './shapes.ts';

/** Weight [O][C][K][K] and bias [O] of a layer, made from the state dict. */
export type Fold = (read: ReadWeights) => Promise<FoldedConv>;

/** Convolution `conv` followed by batch norm `bn`. */
export function convBn(conv: string, bn: string, { bias = false } = {}): Fold {
  return async (read) =>
    foldConv(
      await read(`${conv}.weight`),
      bias ? await read(`${conv}.bias`) : undefined,
      await readBatchNorm(read, bn),
    );
}

/** The pair that the original calls `key.0` and `key.1`. */
export function convNorm(key: string, options?: { bias?: boolean }): Fold {
  return convBn(`${key}.0`, `${key}.1`, options);
}

/** RepConv and the batch norm after it, fused into one 3×3 convolution. */
export function repConv(key: string): Fold {
  return async (read) => fuseRepConv(await readRepConv(read, key));
}

async function readRepConv(read: ReadWeights, key: string): Promise<RepConv> {
  return {
    pointwise1: await read(`${key}.0.body.0.weight`),
    bn1: await readBatchNorm(read, `${key}.0.body.1.bn`),
    depthwise: await read(`${key}.0.body.2.0.weight`),
    pointwise2: await read(`${key}.0.body.2.1.weight`),
    bn2: await readBatchNorm(read, `${key}.0.body.2.2`),
    bn3: await readBatchNorm(read, `${key}.1`),
  };
}

/** A linear layer without batch norm, of `outputs` rows; no bias in the state dict gives zeros. */
export function linear(key: string, outputs: number, { bias = false } = {}): Fold {
  return async (read) => ({
    weight: await read(`${key}.weight`),
    bias: bias ? await read(`${key}.bias`) : new Float32Array(outputs),
  });
}

/** The weights of `fold` with input and output channels exchanged, without bias. */
export function transposed(fold: Fold, inputs: number): Fold {
  return async (read) => {
    const { weight } = await fold(read);
    const outputs = weight.length / inputs;
    const turned = new Float32Array(weight.length);
    for (let o = 0; o < outputs; o++)
      for (let i = 0; i < inputs; i++) turned[i * outputs + o] = weight[o * inputs + i] ?? 0;
    return { weight: turned, bias: new Float32Array(inputs) };
  };
}

/** Multiplies what a layer gives by a factor for each output channel (or by its only element). */
export function scaled(fold: Fold, factorName: string): Fold {
  return async (read) => {
    const [{ weight, bias }, factor] = [await fold(read), await read(factorName)];
    const perOutput = weight.length / bias.length;
    const at = (o: number) => factor[factor.length === 1 ? 0 : o] ?? 0;
    return {
      weight: weight.map((value, i) => value * at(Math.floor(i / perOutput))),
      bias: bias.map((value, o) => value * at(o)),
    };
  };
}

/** Adds `sign` times row `row` of a table to what a layer gives. */
export function shifted(fold: Fold, table: string, row: number, sign: 1 | -1): Fold {
  return async (read) => {
    const [{ weight, bias }, shift] = [await fold(read), await read(table)];
    const first = row * bias.length;
    return { weight, bias: bias.map((value, o) => value + sign * (shift[first + o] ?? 0)) };
  };
}

/**
 * Constants of RepConvs side by side on the same `channels` spikes, in their three steps: 1×1 without
 * bias, depthwise 3×3, and 1×1 in as many groups as there are keys, with the bias of all three.
 */
export function repConvConstants(
  g: GraphBuilder,
  label: string,
  channels: number,
  keys: readonly string[],
) {
  const width = keys.length * channels;
  const square = channels * width;
  const sizes = { first: square, zero: width, depthwise: 9 * width, last: square, bias: width };
  const load = async (read: ReadWeights) => {
    const arrays = {
      first: new Float32Array(sizes.first),
      zero: new Float32Array(sizes.zero),
      depthwise: new Float32Array(sizes.depthwise),
      last: new Float32Array(sizes.last),
      bias: new Float32Array(sizes.bias),
    };
    for (const [i, key] of keys.entries()) {
      const rep = await readRepConv(read, key);
      const { pointwise1, last } = stageRepConv(rep);
      const columns = { outputs: channels, pitch: width, first: i * channels };
      const pointwise = { ...columns, taps: 1, inputs: channels };
      arrange(pointwise1, arrays.first, { ...pointwise, unit: 1 / g.levels });
      arrange(rep.depthwise, arrays.depthwise, { ...columns, taps: 9, inputs: 1, unit: 1 });
      arrange(last.weight, arrays.last, { ...pointwise, unit: 1 });
      arrays.bias.set(last.bias, i * channels);
    }
    return arrays;
  };
  return g.constants(label, sizes, load, ['first', 'last']);
}

export interface LayerShape {
  readonly kernel: number;
  /** Input channels that the layer contracts; 1 for a depthwise layer. */
  readonly inputs: number;
  /** Output channels, all folds together. */
  readonly outputs: number;
  /** What one unit of the input stands for: 1/D for spikes, 1 for analog maps. */
  readonly unit: number;
}

/**
 * Constants of a layer as the kernels want them, weights [K][K][C][⌈O/4⌉·4] times the unit of the
 * input, bias [⌈O/4⌉·4]. Several folds stand side by side in the output channels.
 */
export function layerConstants(
  g: GraphBuilder,
  label: string,
  { kernel, inputs, outputs, unit }: LayerShape,
  ...folds: readonly Fold[]
): { readonly weights: Constant; readonly bias: Constant } {
  const columns = padded(outputs);
  const taps = kernel * kernel;
  const sizes = { weights: taps * inputs * columns, bias: columns };
  const load = async (read: ReadWeights) => {
    const weights = new Float32Array(sizes.weights);
    const bias = new Float32Array(sizes.bias);
    let first = 0;
    for (const fold of folds) {
      const folded = await fold(read);
      bias.set(folded.bias, first);
      const outputs = folded.bias.length;
      arrange(folded.weight, weights, { taps, inputs, outputs, pitch: columns, first, unit });
      first += folded.bias.length;
    }
    return { weights, bias };
  };
  return g.constants(label, sizes, load, ['weights']);
}

/** [O][C][taps] into its columns of [taps][C][pitch], times the unit. */
function arrange(
  from: Float32Array,
  to: Float32Array,
  shape: {
    readonly taps: number;
    readonly inputs: number;
    readonly outputs: number;
    readonly pitch: number;
    readonly first: number;
    readonly unit: number;
  },
): void {
  const { taps, inputs, outputs, pitch, first, unit } = shape;
  let i = 0;
  for (let o = 0; o < outputs; o++)
    for (let c = 0; c < inputs; c++)
      for (let tap = 0; tap < taps; tap++)
        to[(tap * inputs + c) * pitch + first + o] = unit * (from[i++] ?? 0);
}

async function readBatchNorm(read: ReadWeights, key: string): Promise<BatchNorm> {
  return {
    weight: await read(`${key}.weight`),
    bias: await read(`${key}.bias`),
    runningMean: await read(`${key}.running_mean`),
    runningVar: await read(`${key}.running_var`),
  };
}
