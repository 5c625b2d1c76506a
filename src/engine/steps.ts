import { SpikesegError } from '../errors.ts';
import type { Dispatch, KernelHost } from '../kernels/kernel.ts';
import { tensorBytes, type CopyOp, type Op } from '../model/graph.ts';
import { pairAt, type Pair, type Run } from '../model/join.ts';
import { compileOp, compilePair, compilePlain, hasPlainForm } from './compile.ts';
import type { BufferOf } from './operands.ts';

/**
 * Records operations of the graph. A program has as many steps as operations; where one dispatch does
 * two of them, the step of the first has nothing to do. Passes are opened where dispatches need one.
 */
export type Step =
  | {
      readonly ops: readonly Op[];
      /** What does them. */
      readonly kind: Exclude<Op['kind'], 'copy'> | Pair['kind'];
      readonly dispatch: Dispatch;
    }
  | {
      readonly ops: readonly [CopyOp];
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
 * The steps of a run, by its fast kernel; by those of its operations if the device does not take that.
 * @throws SpikesegError `shader-compile`, `shape-mismatch`, `network`
 */
export async function compileRun(
  host: KernelHost,
  { ops, levels, buffers }: StepSource,
  [from, to]: Run,
): Promise<Step[]> {
  const pair = to - from === 2 ? pairAt(ops, from) : undefined;
  const dispatch = pair && (await compilePair(host, pair, levels, buffers).catch(unlessRefused));
  if (pair && dispatch) return [{ ops: [] }, { ops: pair.ops, kind: pair.kind, dispatch }];
  return compileEach(ops.slice(from, to), buffers, (op) => compileOp(host, op, levels, buffers));
}

/**
 * The same by kernels that are compiled sooner, each operation by itself.
 * @param plain - for the plain kernels, `host` for those that have no plain form
 * @throws SpikesegError `shader-compile`, `shape-mismatch`, `network`
 */
export function compilePlainRun(
  plain: KernelHost,
  host: KernelHost,
  { ops, levels, buffers }: StepSource,
  [from, to]: Run,
): Promise<Step[]> {
  return compileEach(ops.slice(from, to), buffers, (op) =>
    hasPlainForm(op)
      ? compilePlain(plain, op, levels, buffers)
      : compileOp(host, op, levels, buffers),
  );
}

/** Gives undefined for a kernel that the device does not take. */
export function unlessRefused(error: unknown): undefined {
  if (error instanceof SpikesegError && error.code === 'shader-compile') return undefined;
  throw error;
}

/** All values in order. Rejects with the first reason, but not before nothing is under way any more. */
export async function settled<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

function compileEach(
  ops: readonly Op[],
  buffers: BufferOf,
  compile: (op: Exclude<Op, CopyOp>) => Promise<Dispatch>,
): Promise<Step[]> {
  return settled(
    ops.map(async (op): Promise<Step> => {
      if (op.kind === 'copy') {
        return { ops: [op], from: buffers(op.from), to: buffers(op.to), bytes: tensorBytes(op.to) };
      }
      return { ops: [op], kind: op.kind, dispatch: await compile(op) };
    }),
  );
}
