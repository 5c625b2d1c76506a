import { accesses } from './dataflow.ts';
import { runsOf } from './join.ts';
import { constantBytes, tensorBytes, type Graph, type Tensor } from './graph.ts';

/** Which buffer holds which activation. Tensors that are never alive together may share one. */
export interface Plan {
  /** Size of each buffer, in bytes. */
  readonly slots: readonly number[];
  /** Tensor id → slot. */
  readonly slotOf: ReadonlyMap<number, number>;
  /** Sum of the slots. */
  readonly activationBytes: number;
  /** Sum of the constants. */
  readonly weightBytes: number;
}

interface Lifetime {
  readonly tensor: Tensor;
  readonly bytes: number;
  /** Index of the run of operations that writes it first; -1 for the input and the states. */
  first: number;
  /** Index of the last run that touches it. */
  last: number;
}

/**
 * Assigns buffers by lifetime: largest tensors first, each into the first buffer whose tenants are
 * all dead while it lives. The operation that writes a tensor may still read its inputs, so
 * lifetimes that touch at an operation overlap: WebGPU refuses a dispatch that reads and writes one
 * buffer. Two operations that one kernel can do count as one.
 */
export function planBuffers(graph: Graph): Plan {
  const slots: { bytes: number; tenants: Lifetime[] }[] = [];
  const slotOf = new Map<number, number>();
  const bySize = lifetimes(graph).sort((a, b) => b.bytes - a.bytes || a.first - b.first);
  for (const life of bySize) {
    let slot = slots.findIndex(({ tenants }) =>
      tenants.every((other) => other.last < life.first || life.last < other.first),
    );
    if (slot < 0) slot = slots.push({ bytes: life.bytes, tenants: [] }) - 1;
    slots[slot]?.tenants.push(life);
    slotOf.set(life.tensor.id, slot);
  }
  const sizes = slots.map(({ bytes }) => bytes);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    slots: sizes,
    slotOf,
    activationBytes: sum(sizes),
    weightBytes: sum(graph.constants.flatMap((group) => group.constants.map(constantBytes))),
  };
}

function lifetimes({ input, ops, states, outputs }: Graph): Lifetime[] {
  const lives = new Map<number, Lifetime>();
  const touch = (tensor: Tensor, at: number) => {
    const life = lives.get(tensor.id);
    if (life) life.last = at;
    else lives.set(tensor.id, { tensor, bytes: tensorBytes(tensor), first: at, last: at });
  };
  for (const tensor of [input, ...states]) touch(tensor, -1);
  runsOf(ops).forEach(([from, to], at) => {
    for (const op of ops.slice(from, to)) {
      const { reads, writes } = accesses(op);
      for (const tensor of [...reads, ...writes]) touch(tensor, at);
    }
  });
  for (const tensor of [...states, ...outputs]) touch(tensor, ops.length);
  // A network with states is shown its input again in every timestep.
  if (states.length > 0) touch(input, ops.length);
  return [...lives.values()];
}
