import { throwIfAborted } from '../errors.ts';
import { patiently } from '../gpu/patience.ts';
import { Lane } from './lanes.ts';
import type { Program } from './program.ts';
import { translate } from './warm-up.ts';

/** Has fast kernels take the place of the plain ones that programs began with, while pictures go on. */
export class Improvement {
  readonly #device: GPUDevice;
  readonly #programs: () => readonly Program[];
  readonly #lane = new Lane();
  #running = false;
  /** Stays so when the program that showed it is gone: its pipelines are kept. */
  #done = false;

  /** @param programs - those there are now, the most recently used last; none to end it */
  constructor(device: GPUDevice, programs: () => readonly Program[]) {
    this.#device = device;
    this.#programs = programs;
  }

  /** Whether fast kernels have been compiled, so that a new program need not begin with plain ones. */
  get done(): boolean {
    this.#done ||= this.#programs().some(({ plain }) => plain === 0);
    return this.#done;
  }

  /** Goes on until nothing is left. What cannot be improved stays as it is: a lost device is told elsewhere. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    void this.finish()
      .catch(() => undefined)
      .finally(() => (this.#running = false));
  }

  /**
   * Resolves when nothing is left.
   * @throws SpikesegError `aborted`
   */
  async finish(signal?: AbortSignal): Promise<void> {
    while (await this.#lane.run(() => this.#exchange())) throwIfAborted(signal);
  }

  /** Exchanges one kernel, and has it translated before a picture needs it. */
  async #exchange(): Promise<boolean> {
    const program = this.#programs().findLast(({ left }) => left > 0);
    if (program === undefined) return false;
    const [from, to] = (await program.improve()) ?? [0, 0];
    for (let step = from; step < to; step++) {
      if (!translate(this.#device, program, step)) continue;
      await patiently(this.#device.queue.onSubmittedWorkDone());
    }
    return true;
  }
}
