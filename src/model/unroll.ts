import { accesses } from './dataflow.ts';
import type {
  AttentionOp,
  Constant,
  ConstantGroup,
  Graph,
  KeyValueOp,
  Op,
  Slice,
  SpikeConvOp,
  SpikeDepthwiseOp,
  Tensor,
} from './graph.ts';

/** Operations that add weights, or integers in the place of weights, for the spikes they see. */
type SpikingOp = SpikeConvOp | SpikeDepthwiseOp | KeyValueOp | AttentionOp;

/**
 * The same network in virtual time: a count k arrives as k binary spikes, one in each of the first k
 * of D timesteps. Every operation on spikes becomes D, each of which adds the weights of the units
 * that fire in its timestep to what the membrane holds; after the last one the neuron fires. What
 * spikes are not added to stays as it is: analog layers, deformable sampling, literal attention.
 */
export function unrollGraph<G extends Graph>(graph: G): G {
  const { levels } = graph;
  let tensors = 1 + Math.max(...graph.ops.flatMap((op) => idsOf(op)));
  const zero: Constant = { label: 'no bias', bytes: biasBytes(graph.ops), uniform: false };
  const zeros: ConstantGroup = {
    constants: [zero],
    load: () => Promise.resolve([new Float32Array(zero.bytes / 4)]),
  };

  const ops = graph.ops.flatMap((op): Op[] => {
    if (!isSpiking(op)) return [op];
    const { tensor: counts, ...channels } = inputOf(op);
    return Array.from({ length: levels }, (_, i): Op[] => {
      const step = i + 1;
      const label = `${counts.label}, step ${step} of ${levels}`;
      const spikes: Tensor = { ...counts, id: tensors++, label };
      return [
        { kind: 'unroll', label, counts, step, spikes },
        stepOf(op, { tensor: spikes, ...channels }, zero, {
          first: i === 0,
          last: step === levels,
        }),
      ];
    }).flat();
  });
  return { ...graph, ops, constants: [...graph.constants, zeros] };
}

function isSpiking(op: Op): op is SpikingOp {
  const kinds: readonly Op['kind'][] = ['spike-conv', 'spike-depthwise', 'key-value', 'attention'];
  return kinds.includes(op.kind);
}

/** The spikes that are unrolled; those of values stay counts, which the keys' spikes add. */
function inputOf(op: SpikingOp): Slice {
  if (op.kind === 'key-value') return op.k;
  return op.kind === 'attention' ? op.q : op.input;
}

function stepOf(
  op: SpikingOp,
  spikes: Slice,
  zero: Constant,
  { first, last }: { first: boolean; last: boolean },
): Op {
  if (op.kind === 'key-value') return { ...op, k: spikes, accumulate: !first || op.accumulate };
  const output = {
    ...op.output,
    accumulate: !first || op.output.accumulate,
    store: !last || op.output.store,
    fired: last ? op.output.fired : undefined,
  };
  if (op.kind === 'attention') return { ...op, q: spikes, output };
  const step = { input: spikes, output, bias: first ? op.bias : zero };
  if (op.kind === 'spike-depthwise') return { ...op, ...step };
  const parts = op.parts?.map((part) => ({
    ...part,
    input: { ...part.input, tensor: spikes.tensor },
  }));
  return { ...op, ...step, parts, coarse: first ? op.coarse : undefined };
}

/** Of the widest layer: kernels read the bias in groups of 4. */
function biasBytes(ops: readonly Op[]): number {
  const widths = ops.flatMap((op) => ('bias' in op ? [op.output.shape.channels] : []));
  return 16 * Math.ceil(Math.max(...widths) / 4);
}

function idsOf(op: Op): number[] {
  const { reads, writes } = accesses(op);
  return [...reads, ...writes].map(({ id }) => id);
}
