import { createAttentionLiteral } from '../kernels/attention-literal.ts';
import type { Dispatch, KernelHost } from '../kernels/kernel.ts';
import { createLif } from '../kernels/lif.ts';
import { createUnroll } from '../kernels/unroll.ts';
import type { AttentionLiteralOp, LifOp, UnrollOp } from '../model/graph.ts';
import { epilogue, outputBuffers, slice, type BufferOf } from './operands.ts';

/**
 * As `compileOp`, of what networks that segment do without: neurons with memory, virtual time, and the
 * original's order of products.
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 */
export async function compileSpecial(
  host: KernelHost,
  op: LifOp | AttentionLiteralOp | UnrollOp,
  levels: number,
  buffer: BufferOf,
): Promise<Dispatch> {
  switch (op.kind) {
    case 'lif': {
      const { current, tau, threshold, potential } = op;
      const options = { shape: current.shape, tau, threshold, store: potential !== undefined };
      return (await createLif(host, options))({
        current: buffer(current),
        state: buffer(op.state),
        potential: potential && buffer(potential),
        fired: buffer(op.fired),
      });
    }
    case 'attention-literal': {
      const { heads, scoreScale, valueScale, output } = op;
      const slices = { q: slice(op.q), k: slice(op.k), v: slice(op.v) };
      const options = { ...slices, heads, scoreScale, valueScale, ...epilogue(output, levels) };
      return (await createAttentionLiteral(host, options))({
        q: buffer(op.q.tensor),
        k: buffer(op.k.tensor),
        v: buffer(op.v.tensor),
        ...outputBuffers(output, buffer),
      });
    }
    case 'unroll': {
      const { counts, step, spikes } = op;
      const create = await createUnroll(host, { shape: counts.shape, step });
      return create({ counts: buffer(counts), spikes: buffer(spikes) });
    }
  }
}
