import { accesses, neuronOf } from './dataflow.ts';
import { tensorBytes, type Graph, type Op, type Tensor } from './graph.ts';
import type { Pair } from './join.ts';
import { engineWork } from './operations.ts';
import type { FiringStatistics, LayerOperations } from './statistics.ts';

/** Operations, and what does them: undefined if no dispatch does. */
export interface ProfiledStep {
  readonly ops: readonly Op[];
  readonly kind?: OperationProfile['kind'];
}

/** One dispatch of a run, timed on the GPU: an operation, or two that one kernel does. */
export interface OperationProfile {
  /** What it does: the kernel that runs, but for `spike-conv`, which is two. */
  readonly kind: Exclude<Op['kind'], 'copy'> | Pair['kind'];
  /** Of the layer, or of what stands in its place; of two layers both, with ` + ` between. */
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
 * @param steps - with all operations of the graph, in order
 * @param milliseconds - of every step
 */
export function profileOf(
  steps: readonly ProfiledStep[],
  neurons: Graph['neurons'],
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
  return steps.flatMap(({ ops, kind }, i) => {
    const works = executed.slice(next, (next += ops.flatMap((op) => engineWork(op)).length));
    if (kind === undefined) return [];
    const ms = milliseconds[i] ?? NaN;
    const sum = (value: (work: LayerOperations) => number) =>
      works.reduce((total, work) => total + value(work), 0);
    const operations = sum(({ accumulates, macs }) => accumulates + macs);
    const denseMacs = sum((work) => work.denseMacs);
    return {
      kind,
      name: ops.map(({ label }) => label).join(' + '),
      milliseconds: ms,
      operations,
      denseMacs,
      ...(ms > 0 && { effective: gflops(operations, ms), dense: gflops(denseMacs, ms) }),
      bytes: touched(ops).reduce((total, tensor) => total + tensorBytes(tensor), 0),
      spikes: ops.reduce((n, op) => n + (spikes.get(neuronOf(op).fired?.id ?? -1) ?? 0), 0),
    };
  });
}

/** Activations that a dispatch reads or writes, without what it keeps in the memory of workgroups. */
function touched(ops: readonly Op[]): Tensor[] {
  const all = ops.map(accesses);
  const kept = ops.slice(1).flatMap((op) => (op.kind === 'dense-conv' ? [op.input] : []));
  const tensors = all.flatMap(({ reads, writes }) => [...reads, ...writes]);
  return ops.length === 1 ? tensors : [...new Set(tensors)].filter((one) => !kept.includes(one));
}

function gflops(operations: number, milliseconds: number): number {
  return (2 * operations) / milliseconds / 1e6;
}
