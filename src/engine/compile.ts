import { createAttention } from '../kernels/attention.ts';
import { createClassProbabilities } from '../kernels/class-probabilities.ts';
import { createDeformable } from '../kernels/deformable.ts';
import { createDenseConv } from '../kernels/dense-conv.ts';
import { createDenseDepthwise } from '../kernels/dense-depthwise.ts';
import { createDenseSeparable } from '../kernels/dense-separable.ts';
import { createIntegrate } from '../kernels/integrate.ts';
import type { Dispatch, KernelHost } from '../kernels/kernel.ts';
import { createPlainConv } from '../kernels/plain-conv.ts';
import { createSpikeConv } from '../kernels/spike-conv.ts';
import { createSpikeDepthwise, WIDEST } from '../kernels/spike-depthwise.ts';
import { createSpikeMlp } from '../kernels/spike-mlp.ts';
import { createSpikePointwise } from '../kernels/spike-pointwise.ts';
import { createSpike } from '../kernels/spike.ts';
import type { CopyOp, LayerOp, Op, Operand } from '../model/graph.ts';
import type { Pair } from '../model/join.ts';
import { onDemand } from '../on-demand.ts';
import {
  epilogue,
  layerBuffers,
  outputBuffers,
  secondFrom,
  slice,
  uniform,
  type BufferOf,
} from './operands.ts';

/**
 * Compiles one operation and binds its buffers: the result records its dispatch.
 * @throws SpikesegError `shader-compile`, `shape-mismatch`; `network` if a kernel that few networks need
 * cannot be loaded
 */
export async function compileOp(
  host: KernelHost,
  op: Exclude<Op, CopyOp>,
  levels: number,
  buffer: BufferOf,
): Promise<Dispatch> {
  const optional = (operand: Operand | undefined) => operand && buffer(operand);
  switch (op.kind) {
    case 'spike-conv': {
      const { kernel, stride, coarse, output } = op;
      const shapes = { input: slice(op.input), output: output.shape };
      const layer = { ...shapes, uniform: uniform(op), ...epilogue(output, levels) };
      const create = await (kernel === 1
        ? createSpikePointwise(host, { coarse: coarse?.shape, second: secondFrom(op), ...layer })
        : createSpikeConv(host, { stride, ...layer }));
      return create({ ...layerBuffers(op, buffer), coarse: optional(coarse) });
    }
    case 'dense-conv': {
      const { kernel, stride, groups, output } = op;
      const shapes = { input: op.input.shape, output: output.shape };
      const layer = { kernel, stride, groups, uniform: uniform(op), ...shapes };
      const create = await createDenseConv(host, { ...layer, ...epilogue(output, levels) });
      return create(layerBuffers(op, buffer));
    }
    case 'spike-depthwise': {
      const { kernel, output } = op;
      if (kernel > WIDEST) return compilePlain(host, op, levels, buffer);
      const layer = { kernel, input: slice(op.input), uniform: uniform(op) };
      const create = await createSpikeDepthwise(host, { ...layer, ...epilogue(output, levels) });
      return create(layerBuffers(op, buffer));
    }
    case 'spike': {
      const { shape, channelMajor, gate, offset } = op;
      const store = op.potential !== undefined;
      const twice = op.fired.shape.channels > shape.channels;
      const options = { shape, levels, channelMajor, gate, offsetRows: offset?.rows, twice, store };
      return (await createSpike(host, options))({
        membrane: buffer(op.membrane),
        offset: optional(offset?.constant),
        potential: optional(op.potential),
        fired: buffer(op.fired),
      });
    }
    case 'integrate': {
      const { shape, membrane, fired } = op.output;
      const options = { shape, levels: fired && levels };
      return (await createIntegrate(host, options))({
        current: buffer(op.current),
        gain: buffer(op.gain),
        membrane: buffer(membrane),
        fired: optional(fired),
      });
    }
    case 'dense-depthwise': {
      const create = await createDenseDepthwise(host, op.input.shape);
      return create({
        input: buffer(op.input),
        weights: buffer(op.weights),
        output: buffer(op.output),
      });
    }
    case 'attention': {
      const { heads, scale, output } = op;
      const slices = { q: slice(op.q), k: slice(op.k), v: slice(op.v) };
      const options = { ...slices, heads, scale, ...epilogue(output, levels) };
      return (await createAttention(host, options))({
        q: buffer(op.q.tensor),
        k: buffer(op.k.tensor),
        v: buffer(op.v.tensor),
        ...outputBuffers(output, buffer),
      });
    }
    case 'deformable': {
      const { groups, potential } = op;
      const { shape } = op.values;
      const store = potential !== undefined;
      return (await createDeformable(host, { shape, groups, levels, store }))({
        values: buffer(op.values),
        offsets: buffer(op.offsets),
        mask: buffer(op.mask.tensor),
        potential: optional(potential),
        fired: buffer(op.fired),
      });
    }
    case 'class-probabilities': {
      const { width: queries, channels: columns } = op.logits.shape;
      return (await createClassProbabilities(host, { queries, classes: columns - 1 }))({
        logits: buffer(op.logits),
        probabilities: buffer(op.output),
      });
    }
    default: {
      const { compileSpecial } = await onDemand(import('./compile-special.ts'));
      return compileSpecial(host, op, levels, buffer);
    }
  }
}

/** Whether an operation has a kernel that is compiled soon, in whose place a faster one may come. */
export function hasPlainForm(op: Op): op is LayerOp {
  return op.kind === 'spike-conv' || op.kind === 'dense-conv' || op.kind === 'spike-depthwise';
}

/**
 * As {@link compileOp}, with the kernel that is soon compiled.
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 */
export async function compilePlain(
  host: KernelHost,
  op: LayerOp,
  levels: number,
  buffer: BufferOf,
): Promise<Dispatch> {
  const { output, kernel } = op;
  const depthwise = op.kind === 'spike-depthwise';
  const spikes = op.kind !== 'dense-conv';
  const coarse = op.kind === 'spike-conv' ? op.coarse : undefined;
  const create = await createPlainConv(host, {
    spikes,
    depthwise,
    kernel,
    stride: depthwise ? 1 : op.stride,
    groups: spikes ? 1 : op.groups,
    second: op.kind === 'spike-conv' ? secondFrom(op) : undefined,
    input: spikes ? slice(op.input) : op.input.shape,
    output: output.shape,
    coarse: coarse?.shape,
    ...epilogue(output, levels),
  });
  return create({ ...layerBuffers(op, buffer), coarse: coarse && buffer(coarse) });
}

/**
 * As {@link compileOp}, of two operations that one kernel does.
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 */
export async function compilePair(
  host: KernelHost,
  pair: Pair,
  levels: number,
  buffer: BufferOf,
): Promise<Dispatch> {
  if (pair.kind === 'dense-separable') {
    const [depthwise, pointwise] = pair.ops;
    const { groups = 1, output } = pointwise;
    const shapes = { input: depthwise.input.shape, output: output.shape, groups };
    const layer = { ...shapes, uniform: uniform(pointwise), ...epilogue(output, levels) };
    return (await createDenseSeparable(host, layer))({
      ...layerBuffers(pointwise, buffer),
      input: buffer(depthwise.input),
      depthwise: buffer(depthwise.weights),
    });
  }
  const [first, second] = pair.ops;
  const { output } = second;
  const create = await createSpikeMlp(host, {
    input: slice(first.input),
    hidden: first.output.shape.channels,
    output: output.shape,
    uniform: [uniform(first), uniform(second)],
    ...epilogue(output, levels),
    levels,
    fire: output.fired !== undefined,
  });
  return create({
    input: buffer(first.input.tensor),
    weights: [buffer(first.weights), buffer(second.weights)],
    bias: [buffer(first.bias), buffer(second.bias)],
    hidden: buffer(second.input.tensor),
    ...outputBuffers(output, buffer),
  });
}
