import { throwIfAborted } from '../errors.ts';
import { patiently } from '../gpu/patience.ts';
import { costOfAll } from '../model/submits.ts';
import type { Program } from './program.ts';

/** Pipelines that have run. */
const translated = new WeakSet<GPUComputePipeline>();

/**
 * Runs a step of a program by itself, on whatever its activations hold, unless its pipeline has run
 * before: drivers translate one when it first runs.
 * @returns whether it was submitted
 */
export function translate(device: GPUDevice, program: Program, index: number): boolean {
  const step = program.steps[index];
  if (step === undefined || !('dispatch' in step)) return false;
  const { pipeline } = step.dispatch;
  if (pipeline) {
    if (translated.has(pipeline)) return false;
    translated.add(pipeline);
  }
  const encoder = device.createCommandEncoder();
  program.encode(encoder, index, index + 1);
  device.queue.submit([encoder.finish()]);
  return true;
}

/**
 * Translates all pipelines of a program.
 * @returns what the steps cost that ran for it, as `costOf` counts
 * @throws SpikesegError `aborted`
 */
export async function warmUp(
  device: GPUDevice,
  program: Program,
  signal?: AbortSignal,
): Promise<number> {
  let cost = 0;
  for (const [index, { ops }] of program.steps.entries()) {
    throwIfAborted(signal);
    if (translate(device, program, index)) cost += costOfAll(ops);
  }
  await patiently(device.queue.onSubmittedWorkDone());
  return cost;
}
