import { throwIfAborted } from '../errors.ts';
import { patiently } from '../gpu/patience.ts';
import type { Program } from './program.ts';

/**
 * Runs every step of a program by itself, on whatever its activations hold: drivers translate a kernel
 * when it first runs.
 * @throws SpikesegError `aborted`
 */
export async function warmUp(
  device: GPUDevice,
  program: Program,
  signal?: AbortSignal,
): Promise<void> {
  for (const step of program.steps.keys()) {
    throwIfAborted(signal);
    submitSteps(device, program, step, step + 1);
  }
  await patiently(device.queue.onSubmittedWorkDone());
}

/** Submits the steps [from, to) of a program, on whatever its activations hold. */
export function submitSteps(device: GPUDevice, program: Program, from: number, to: number): void {
  const encoder = device.createCommandEncoder();
  program.encode(encoder, from, to);
  device.queue.submit([encoder.finish()]);
}
