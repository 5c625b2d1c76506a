/** Frames over which rate and latency are averaged. */
const SPAN = 10;

/** How fast frames come through. */
export interface Pace {
  /** Frames shown a second. */
  readonly rate: number;
  /** Milliseconds from the camera's frame to its segments on the screen. */
  readonly latency: number;
}

/** Averages over the last frames. */
export class Meter {
  #frames: readonly { readonly shown: number; readonly latency: number }[] = [];

  /** Starts over, as after a pause. */
  reset(): void {
    this.#frames = [];
  }

  /** Counts a frame; both times in milliseconds of one clock. */
  add(taken: number, shown: number): void {
    this.#frames = [...this.#frames, { shown, latency: shown - taken }].slice(-SPAN - 1);
  }

  /** Undefined until two frames tell how long one takes. */
  get pace(): Pace | undefined {
    const [first, ...rest] = this.#frames;
    const last = rest.at(-1);
    if (first === undefined || last === undefined) return undefined;
    return {
      rate: (1000 * rest.length) / (last.shown - first.shown),
      latency: rest.reduce((sum, { latency }) => sum + latency, 0) / rest.length,
    };
  }
}
