import { isTensor, type Op, type Operand, type Output, type Tensor } from './graph.ts';

/** The activations that an operation reads, and those that it writes (or updates). */
export function accesses(op: Op): { reads: Tensor[]; writes: Tensor[] } {
  const some = (...tensors: readonly (Operand | undefined)[]) =>
    tensors.filter((t): t is Tensor => t !== undefined && isTensor(t));
  switch (op.kind) {
    case 'spike-conv': {
      const { input, weights, bias, coarse, output } = op;
      return { reads: some(input.tensor, weights, bias, coarse), writes: written(output) };
    }
    case 'spike-depthwise':
      return { reads: some(op.input.tensor, op.weights, op.bias), writes: written(op.output) };
    case 'dense-conv':
      return { reads: some(op.input, op.weights, op.bias), writes: written(op.output) };
    case 'spike':
      return { reads: [op.membrane], writes: some(op.fired, op.potential) };
    case 'lif':
      return { reads: [op.current], writes: some(op.state, op.fired, op.potential) };
    case 'integrate':
      return { reads: [op.current], writes: written(op.output) };
    case 'dense-depthwise':
      return { reads: [op.input], writes: [op.output] };
    case 'attention':
    case 'attention-literal':
      return { reads: [op.q.tensor, op.k.tensor, op.v.tensor], writes: written(op.output) };
    case 'deformable':
      return {
        reads: [op.values, op.offsets, op.mask.tensor],
        writes: some(op.fired, op.potential),
      };
    case 'class-probabilities':
      return { reads: [op.logits], writes: [op.output] };
    case 'unroll':
      return { reads: [op.counts], writes: [op.spikes] };
    case 'copy':
      return { reads: [], writes: [op.to] };
  }
}

function written({ membrane, store, accumulate, fired }: Output): Tensor[] {
  const tensors = store || accumulate ? [membrane, fired] : [fired];
  return tensors.filter((t): t is Tensor => t !== undefined);
}

/** What an operation fires, and where the potential behind it is stored, if it is. */
export interface Fired {
  readonly fired?: Tensor | undefined;
  readonly potential?: Tensor | undefined;
  /** Of the potential. */
  readonly channelMajor: boolean;
  /** What a neuron with memory was given, where that is not its potential. */
  readonly current?: Tensor | undefined;
}

/** The neuron behind an operation, if it has one. */
export function neuronOf(op: Op): Fired {
  if ('output' in op && 'store' in op.output) {
    const { fired, membrane, store, channelMajor } = op.output;
    return { fired, potential: store ? membrane : undefined, channelMajor };
  }
  if (!('fired' in op)) return { channelMajor: false };
  const channelMajor = op.kind === 'spike' && op.channelMajor;
  const current = op.kind === 'lif' ? op.current : undefined;
  return { fired: op.fired, potential: op.potential, channelMajor, current };
}
