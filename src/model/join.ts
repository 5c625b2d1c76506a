import { accesses } from './dataflow.ts';
import {
  isTensor,
  type DenseConvOp,
  type DenseDepthwiseOp,
  type Op,
  type SpikeConvOp,
} from './graph.ts';
import type { MapShape, Size } from './shapes.ts';

/** Two operations that one kernel does, and which. */
export type Pair =
  | { readonly kind: 'spike-mlp'; readonly ops: readonly [SpikeConvOp, SpikeConvOp] }
  | { readonly kind: 'dense-separable'; readonly ops: readonly [DenseDepthwiseOp, DenseConvOp] };

/** Two pointwise layers, the second of which reads the spikes of the first and nothing else. */
export interface MlpShape {
  readonly input: MapShape & { readonly stride?: number; readonly offset?: number };
  /** Channels between the layers. */
  readonly hidden: number;
  readonly output: MapShape;
  /** @defaultValue false */
  readonly channelMajor?: boolean | undefined;
}

/** A depthwise layer and a pointwise one behind it. */
export interface SeparableShape {
  readonly input: MapShape;
  readonly output: MapShape;
  /** Parts of the channels, each convolved for itself. */
  readonly groups: number;
}

/** Hidden channels up to which an MLP becomes one step: a workgroup walks all of them. */
const WIDEST_HIDDEN = 512;
/** Channels of a group whose tile of 8 pixels fits the 16 KiB of workgroup memory of every device. */
const WIDEST_GROUP = 512;
/** Outputs of a group, 4 of each of the 256 invocations that every device allows. */
const MOST_OUTPUTS = 1024;

/** Whether `spike-mlp` takes two layers: all that it reads and writes comes by fours. */
export function fitsSpikeMlp({ input, hidden, output, channelMajor = false }: MlpShape): boolean {
  const { channels, stride = channels, offset = 0 } = input;
  const rows = channelMajor ? output.width : 0;
  const fours = [channels, stride, offset, hidden, output.channels, rows];
  return sameSize(input, output) && fours.every((count) => count % 4 === 0);
}

/** Whether `dense-separable` takes two layers: channels by fours, few enough in a group. */
export function fitsDenseSeparable({ input, output, groups }: SeparableShape): boolean {
  const [channels, outputs] = [input.channels / groups, output.channels / groups];
  const fours = channels % 4 === 0 && outputs % 4 === 0;
  return sameSize(input, output) && fours && channels <= WIDEST_GROUP && outputs <= MOST_OUTPUTS;
}

/** The pair that the operation at `at` begins with the next one, if a kernel does both at once. */
export function pairAt(ops: readonly Op[], at: number): Pair | undefined {
  const [first, second] = ops.slice(at, at + 2);
  if (first?.kind === 'spike-conv' && second?.kind === 'spike-conv') {
    return isMlp(first, second) ? { kind: 'spike-mlp', ops: [first, second] } : undefined;
  }
  if (first?.kind === 'dense-depthwise' && second?.kind === 'dense-conv') {
    return isSeparable(first, second, ops)
      ? { kind: 'dense-separable', ops: [first, second] }
      : undefined;
  }
  return undefined;
}

/** Operations [from, to) that can be one step. */
export type Run = readonly [from: number, to: number];

/** All operations in order, as pairs where they are one, and else each by itself. */
export function runsOf(ops: readonly Op[]): Run[] {
  const runs: Run[] = [];
  for (let from = 0, to = 0; from < ops.length; from = to) {
    to = from + (pairAt(ops, from) ? 2 : 1);
    runs.push([from, to]);
  }
  return runs;
}

function isMlp(first: SpikeConvOp, second: SpikeConvOp): boolean {
  const { fired, store, accumulate } = first.output;
  const { tensor, offset, channels } = first.input;
  const hidden = first.output.shape.channels;
  const input = { ...tensor.shape, channels, stride: tensor.shape.channels, offset };
  const { shape: output, channelMajor } = second.output;
  return (
    [first, second].every(isSinglePointwise) &&
    fired === second.input.tensor &&
    second.input.channels === hidden &&
    hidden <= WIDEST_HIDDEN &&
    !store &&
    !accumulate &&
    sameSize(tensor.shape, first.output.shape) &&
    fitsSpikeMlp({ input, hidden, output, channelMajor })
  );
}

function isSinglePointwise({ kernel, coarse, parts, weights, bias }: SpikeConvOp): boolean {
  return kernel === 1 && !coarse && !parts && !isTensor(weights) && !isTensor(bias);
}

/** @param others - those of the graph: none may read the map between the two, which is never written */
function isSeparable(first: DenseDepthwiseOp, second: DenseConvOp, others: readonly Op[]): boolean {
  const { kernel, stride, groups = 1, output } = second;
  return (
    second.input === first.output &&
    kernel === 1 &&
    stride === 1 &&
    !output.channelMajor &&
    fitsDenseSeparable({ input: first.input.shape, output: output.shape, groups }) &&
    others.every((op) => op === second || !accesses(op).reads.includes(first.output))
  );
}

function sameSize(one: Size, other: Size): boolean {
  return one.height === other.height && one.width === other.width;
}
