import { accesses, neuronOf } from './dataflow.ts';
import { tensorBytes, type Graph, type Op } from './graph.ts';
import { engineWork } from './operations.ts';
import type { FiringStatistics, LayerOperations } from './statistics.ts';

/** One operation of a run, timed on the GPU. */
export interface OperationProfile {
  /** What it does: the kernel that runs, but for `spike-conv`, which is two. */
  readonly kind: Exclude<Op['kind'], 'copy'>;
  /** Of the layer, or of what stands in its place. */
  readonly name: string;
  /** In a pass of its own; 0 if that was shorter than the device's clock can tell. */
  readonly milliseconds: number;
  /** Additions that its spikes cause, and multiply-accumulates where its input is analog. */
  readonly operations: number;
  /** Multiply-accumulates if nothing were spikes. */
  readonly denseMacs: number;
  /** `operations` in GFLOP/s, two to each; absent where the time is 0. */
  readonly effective?: number;
  /** `denseMacs` in GFLOP/s. */
  readonly dense?: number;
  /** Activations read and written, each once. */
  readonly bytes: number;
  /** That it fires. */
  readonly spikes: number;
}

/**
 * What the operations of a run did in their time, in order of execution. Copies are left out: they are
 * in no pass, so that nothing times them.
 * @param milliseconds - of every operation of the graph
 */
export function profileOf(
  { ops, neurons }: Pick<Graph, 'ops' | 'neurons'>,
  { layers, executed }: Pick<FiringStatistics, 'layers' | 'executed'>,
  milliseconds: readonly number[],
): OperationProfile[] {
  const spikes = new Map<number, number>();
  neurons.forEach(({ spikes: { tensor } }, i) => {
    const layer = layers[i];
    if (layer === undefined || layer.sharedWith !== undefined) return;
    spikes.set(tensor.id, (spikes.get(tensor.id) ?? 0) + layer.spikes);
  });
  let next = 0;
  return ops.flatMap((op, i) => {
    const works = executed.slice(next, (next += engineWork(op).length));
    if (op.kind === 'copy') return [];
    const ms = milliseconds[i] ?? NaN;
    const sum = (value: (work: LayerOperations) => number) =>
      works.reduce((total, work) => total + value(work), 0);
    const operations = sum(({ accumulates, macs }) => accumulates + macs);
    const denseMacs = sum((work) => work.denseMacs);
    const { reads, writes } = accesses(op);
    const bytes = [...reads, ...writes].reduce((total, tensor) => total + tensorBytes(tensor), 0);
    return {
      kind: op.kind,
      name: op.label,
      milliseconds: ms,
      operations,
      denseMacs,
      ...(ms > 0 && { effective: gflops(operations, ms), dense: gflops(denseMacs, ms) }),
      bytes,
      spikes: spikes.get(neuronOf(op).fired?.id ?? -1) ?? 0,
    };
  });
}

function gflops(operations: number, milliseconds: number): number {
  return (2 * operations) / milliseconds / 1e6;
}
