import { accesses } from './dataflow.ts';
import type {
  AttentionOp,
  Constant,
  ConstantGroup,
  Graph,
  LayerPart,
  Op,
  Output,
  Slice,
  SpikeConvOp,
  SpikeDepthwiseOp,
  Tensor,
  UnrollOp,
} from './graph.ts';

/** Layers that add weights for the spikes they see. */
type SpikingLayer = SpikeConvOp | SpikeDepthwiseOp;

/** The spikes of one timestep. */
interface Step {
  /** Takes them out of the counts. */
  readonly unroll: UnrollOp;
  readonly spikes: Slice;
}

/**
 * The same network in virtual time: a count k arrives as k binary spikes, one in each of the first k
 * of D timesteps. Every layer on spikes becomes D, each of which adds the weights of the units that
 * fire in its timestep to what the membrane holds; after the last one the neuron fires. Attention
 * becomes D · D, one for each timestep of the queries and of the keys. What spikes are not added to
 * stays as it is: analog layers, deformable sampling, literal attention.
 */
export function unrollGraph<G extends Graph>(graph: G): G {
  const { levels } = graph;
  let tensors = 1 + Math.max(...graph.ops.flatMap((op) => idsOf(op)));
  const zero: Constant = { label: 'no bias', bytes: biasBytes(graph.ops), uniform: false };
  const zeros: ConstantGroup = {
    constants: [zero],
    load: () => Promise.resolve([new Float32Array(zero.bytes / 4)]),
  };
  const stepsOf = ({ tensor: counts, ...channels }: Slice): Step[] =>
    Array.from({ length: levels }, (_, i) => {
      const step = i + 1;
      const label = `${counts.label}, step ${step} of ${levels}`;
      const spikes: Tensor = { ...counts, id: tensors++, label };
      return {
        unroll: { kind: 'unroll', label, counts, step, spikes },
        spikes: { tensor: spikes, ...channels },
      };
    });

  const ops = graph.ops.flatMap((op): Op[] => {
    if (op.kind === 'attention') return unrollAttention(op, stepsOf(op.q), stepsOf(op.k));
    if (op.kind !== 'spike-conv' && op.kind !== 'spike-depthwise') return [op];
    return unrollLayer(op, stepsOf(op.input), zero);
  });
  return { ...graph, ops, constants: [...graph.constants, zeros] };
}

function unrollLayer(op: SpikingLayer, steps: readonly Step[], zero: Constant): Op[] {
  return steps.flatMap(({ unroll, spikes }, i): Op[] => {
    const first = i === 0;
    const output = outputOf(op.output, first, i === steps.length - 1);
    const step = { input: spikes, output, bias: first ? op.bias : zero };
    if (op.kind === 'spike-depthwise') return [unroll, { ...op, ...step }];
    const { tensor } = spikes;
    const parts = op.parts && unrolledParts(op.parts, tensor);
    return [unroll, { ...op, ...step, parts, coarse: first ? op.coarse : undefined }];
  });
}

function unrolledParts(
  [first, second]: NonNullable<SpikeConvOp['parts']>,
  tensor: Tensor,
): SpikeConvOp['parts'] {
  const of = (part: LayerPart) => ({ ...part, input: { ...part.input, tensor } });
  return [of(first), of(second)];
}

/** Values stay counts: a key's spike adds them whole, as a query's spike adds sums. */
function unrollAttention(op: AttentionOp, queries: readonly Step[], keys: readonly Step[]): Op[] {
  const [last, lastKey] = [queries.length - 1, keys.length - 1];
  return [
    ...keys.map(({ unroll }) => unroll),
    ...queries.flatMap((query, i) => [
      query.unroll,
      ...keys.map((key, j): Op => {
        const output = outputOf(op.output, i === 0 && j === 0, i === last && j === lastKey);
        return { ...op, q: query.spikes, k: key.spikes, output };
      }),
    ]),
  ];
}

/** The first step begins as the whole operation does, and the last ends as it does. */
function outputOf(output: Output, first: boolean, last: boolean): Output {
  return {
    ...output,
    accumulate: !first || output.accumulate,
    store: !last || output.store,
    fired: last ? output.fired : undefined,
  };
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
