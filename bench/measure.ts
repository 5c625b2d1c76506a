import { setTimeout } from 'node:timers/promises';
import { Ours } from './ours.ts';
import { createPeer, type PeerName } from './peers.ts';
import type { Runner, Task } from './task.ts';

export type RunnerName = 'ours' | PeerName;

export function createRunner(name: RunnerName, task: Task): Promise<Runner> {
  return name === 'ours' ? Ours.create(task) : createPeer(name, task);
}

/** A thread pool that waits for work spins for a while, and would do so on the next runner's time. */
const SETTLE = 150; // ms
/** Runs of a turn that are timed; the one before them wakes the cores up. */
const TURN = 5;

/** Milliseconds of the runs of one action. */
export interface Times {
  readonly median: number;
  readonly best: number;
}

/**
 * Times actions in turns of a few runs without a pause, so that what else the machine does falls on
 * all alike.
 */
export async function interleaved(
  actions: readonly (() => Promise<void>)[],
  runs: number,
): Promise<Times[]> {
  const times = actions.map((): number[] => []);
  for (let turn = 0; turn < runs / TURN; turn++)
    for (const [i, action] of actions.entries()) {
      await setTimeout(SETTLE);
      for (let run = -1; run < TURN; run++) {
        const started = performance.now();
        await action();
        if (run >= 0) times[i]?.push(performance.now() - started);
      }
    }
  return times.map((ofAction) => ({ median: median(ofAction), best: Math.min(...ofAction) }));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [low = NaN, high = NaN] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]];
  return (low + high) / 2;
}

/** @throws if a runner labels other than the original network, but for one pixel in a thousand */
export function expectLabels(name: RunnerName, labels: ArrayLike<number>, task: Task): void {
  const pixels = task.labels.length;
  let different = Math.abs(labels.length - pixels);
  for (let i = 0; i < pixels; i++) if (labels[i] !== task.labels[i]) different++;
  if (different > pixels / 1000) {
    throw new Error(`${name}: ${different} of ${pixels} labels differ from the original's`);
  }
}
