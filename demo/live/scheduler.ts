/** A frame that holds memory until it is closed. */
export interface Closable {
  close(): void;
}

/**
 * Works on one frame at a time. While it works, the newest frame that came waits; older ones are
 * closed unseen, so that nothing falls behind however slow the work is.
 */
export class NewestFirst<Frame extends Closable> {
  readonly #work: (frame: Frame) => Promise<void>;
  #waiting: Frame | undefined;
  #busy = false;
  #paused = false;

  /** @param work - must not reject; the frame is closed when it is done */
  constructor(work: (frame: Frame) => Promise<void>) {
    this.#work = work;
  }

  /** Takes a frame over. */
  offer(frame: Frame): void {
    this.#waiting?.close();
    this.#waiting = frame;
    void this.#next();
  }

  /** Begins no other frame until {@link resume}; the one at hand is finished. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    void this.#next();
  }

  /** Forgets the frame that waits. */
  clear(): void {
    this.#waiting?.close();
    this.#waiting = undefined;
  }

  async #next(): Promise<void> {
    const frame = this.#waiting;
    if (this.#busy || this.#paused || frame === undefined) return;
    this.#waiting = undefined;
    this.#busy = true;
    await this.#work(frame);
    frame.close();
    this.#busy = false;
    void this.#next();
  }
}
