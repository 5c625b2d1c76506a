import {
  isTensor,
  type DenseConvOp,
  type DenseDepthwiseOp,
  type Op,
  type SpikeConvOp,
} from './graph.ts';
import type { MapShape } from './shapes.ts';

/** Two operations that one kernel does, and which. */
export type Pair =
  | { readonly kind: 'spike-mlp'; readonly ops: readonly [SpikeConvOp, SpikeConvOp] }
  | { readonly kind: 'dense-separable'; readonly ops: readonly [DenseDepthwiseOp, DenseConvOp] };

/** Hidden channels up to which an MLP is one step: the lanes of a workgroup walk all of them. */
const WIDEST_HIDDEN = 512;

/** Channels of a group, 8 pixels of which fit the memory of a workgroup: 16 KiB of f32. */
const WIDEST_GROUP = 512;

/** The pair that the operation at `at` begins with the next one, if a kernel does both at once. */
export function pairAt(ops: readonly Op[], at: number): Pair | undefined {
  const [first, second] = ops.slice(at, at + 2);
  if (first?.kind === 'spike-conv' && second?.kind === 'spike-conv') {
    return isMlp(first, second) ? { kind: 'spike-mlp', ops: [first, second] } : undefined;
  }
  if (first?.kind === 'dense-depthwise' && second?.kind === 'dense-conv') {
    return isSeparable(first, second)
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

/** What does operations that are one step; undefined if there are none. */
export function kernelOf([first, second]: readonly Op[]): Op['kind'] | Pair['kind'] | undefined {
  if (second === undefined) return first?.kind;
  return second.kind === 'dense-conv' ? 'dense-separable' : 'spike-mlp';
}

function isMlp(first: SpikeConvOp, second: SpikeConvOp): boolean {
  const { fired, store, accumulate } = first.output;
  const { tensor, offset, channels } = first.input;
  const shapes = [tensor.shape, first.output.shape, second.output.shape] as const;
  const { width } = tensor.shape;
  const rows = second.output.channelMajor ? [width] : [];
  const fours = [offset, channels, ...rows, ...shapes.map((shape) => shape.channels)];
  return (
    [first, second].every(isSinglePointwise) &&
    fired === second.input.tensor &&
    second.input.channels === fired.shape.channels &&
    second.input.channels <= WIDEST_HIDDEN &&
    !store &&
    !accumulate &&
    sameSize(shapes) &&
    fours.every((count) => count % 4 === 0)
  );
}

function isSinglePointwise({ kernel, coarse, parts, weights, bias }: SpikeConvOp): boolean {
  return kernel === 1 && !coarse && !parts && !isTensor(weights) && !isTensor(bias);
}

function isSeparable(first: DenseDepthwiseOp, second: DenseConvOp): boolean {
  const { input, kernel, stride, groups = 1, output } = second;
  const { channels } = input.shape;
  const widths = [channels / groups, output.shape.channels / groups];
  return (
    input === first.output &&
    kernel === 1 &&
    stride === 1 &&
    !output.channelMajor &&
    widths.every((width) => width % 4 === 0 && width <= WIDEST_GROUP)
  );
}

function sameSize([first, ...others]: readonly MapShape[]): boolean {
  return others.every(({ height, width }) => height === first?.height && width === first.width);
}
