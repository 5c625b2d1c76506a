import { accesses } from './dataflow.ts';
import type { Op } from './graph.ts';
import { runsOf } from './join.ts';
import { engineWork } from './operations.ts';

/** Multiply-accumulates in whose time a GPU reads or writes one activation, roughly. */
const ELEMENT = 16;

/**
 * What an operation takes, in multiply-accumulates: those it would need without spikes, and its
 * traffic. Compares operations with each other; what one is in time depends on the device.
 */
export function costOf(op: Op): number {
  const { reads, writes } = accesses(op);
  const elements = [...reads, ...writes].reduce((sum, { shape }) => {
    const { height, width, channels } = shape;
    return sum + height * width * channels;
  }, 0);
  return engineWork(op).reduce((sum, { denseMacs }) => sum + denseMacs, ELEMENT * elements);
}

/** What operations take one after another. */
export function costOfAll(ops: readonly Op[]): number {
  return ops.reduce((sum, op) => sum + costOf(op), 0);
}

/**
 * Parts operations, in their order, into submits that cost at most `most`, or are one operation, or two
 * that one kernel does.
 * @returns where each ends, exclusive; the last is the number of operations
 */
export function cutByCost(ops: readonly Op[], most: number): number[] {
  const ends: number[] = [];
  let cost = 0;
  for (const [from, to] of runsOf(ops)) {
    const own = costOfAll(ops.slice(from, to));
    if (from > 0 && cost + own > most) {
      ends.push(from);
      cost = 0;
    }
    cost += own;
  }
  if (ops.length > 0) ends.push(ops.length);
  return ends;
}
