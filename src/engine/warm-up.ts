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
    submit(device, program, step, step + 1);
  }
  await patiently(device.queue.onSubmittedWorkDone());
}

/** Milliseconds that a program takes, on whatever its activations hold. */
export async function timeRun(device: GPUDevice, program: Program): Promise<number> {
  const started = performance.now();
  submit(device, program, 0, program.steps.length);
  await patiently(device.queue.onSubmittedWorkDone());
  return performance.now() - started;
}

/**
 * Has fast kernels take the place of a program's plain ones, one after another, each after a run by
 * itself; pictures may go on meanwhile. Ends early if the program is destroyed.
 * @throws SpikesegError `shader-compile`: what is plain then stays so
 */
export async function improve(device: GPUDevice, program: Program): Promise<void> {
  for (;;) {
    const step = await program.improve();
    if (step === undefined) return;
    submit(device, program, step, step + 1);
    await patiently(device.queue.onSubmittedWorkDone());
  }
}

function submit(device: GPUDevice, program: Program, from: number, to: number): void {
  const encoder = device.createCommandEncoder();
  program.encode(encoder, from, to);
  device.queue.submit([encoder.finish()]);
}
