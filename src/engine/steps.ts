import type { Dispatch, KernelHost } from '../kernels/kernel.ts';
import { tensorBytes, type Op } from '../model/graph.ts';
import { pairAt, type Run } from '../model/join.ts';
import { compileOp, compilePair, compilePlain, hasPlainForm } from './compile.ts';
import type { BufferOf } from './operands.ts';

/**
 * Records operations of the graph. A program has as many steps as operations; where one dispatch does
 * two of them, the step of the first has nothing to do. Passes are opened where dispatches need one.
 */
export type Step =
  | { readonly ops: readonly Op[]; readonly dispatch: Dispatch }
  | {
      readonly ops: readonly Op[];
      readonly from: GPUBuffer;
      readonly to: GPUBuffer;
      readonly bytes: number;
    }
  | { readonly ops: readonly [] };

/** What steps are made of. */
export interface StepSource {
  readonly ops: readonly Op[];
  /** D. */
  readonly levels: number;
  readonly buffers: BufferOf;
}

/**
 * The steps of a run, by its fast kernel.
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 */
export async function compileRun(
  host: KernelHost,
  { ops, levels, buffers }: StepSource,
  [from, to]: Run,
): Promise<Step[]> {
  const pair = to - from === 2 ? pairAt(ops, from) : undefined;
  if (pair) {
    const dispatch = await compilePair(host, pair, levels, buffers);
    return [{ ops: [] }, { ops: pair.ops, dispatch }];
  }
  const step = (op: Op) =>
    compileStep(op, buffers, (other) => compileOp(host, other, levels, buffers));
  return Promise.all(ops.slice(from, to).map(step));
}

/**
 * The same by kernels that are compiled sooner, each operation by itself.
 * @param plain - for the plain kernels, `host` for those that have no plain form
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 */
export function compilePlainRun(
  plain: KernelHost,
  host: KernelHost,
  { ops, levels, buffers }: StepSource,
  [from, to]: Run,
): Promise<Step[]> {
  const step = (op: Op) =>
    compileStep(op, buffers, (other) =>
      hasPlainForm(other)
        ? compilePlain(plain, other, levels, buffers)
        : compileOp(host, other, levels, buffers),
    );
  return Promise.all(ops.slice(from, to).map(step));
}

async function compileStep(
  op: Op,
  buffers: BufferOf,
  compile: (op: Parameters<typeof compileOp>[1]) => Promise<Dispatch>,
): Promise<Step> {
  if (op.kind === 'copy') {
    return { ops: [op], from: buffers(op.from), to: buffers(op.to), bytes: tensorBytes(op.to) };
  }
  return { ops: [op], dispatch: await compile(op) };
}
