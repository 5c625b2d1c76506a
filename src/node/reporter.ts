import type { Io } from './io.ts';
import { usage } from './options.ts';

const CLEAR_LINE = '\r\x1b[2K';

/** Tells on stderr what goes on. Progress is one line that changes, on a terminal. */
export class Reporter {
  readonly #io: Io;
  readonly #quiet: boolean;
  readonly #verbose: boolean;
  #step = '';
  #isLineOpen = false;

  /** @throws SpikesegError `invalid-argument` if it should be both quiet and verbose */
  constructor(io: Io, { quiet = false, verbose = false }) {
    if (quiet && verbose) throw usage('--quiet and --verbose contradict each other: give one');
    this.#io = io;
    this.#quiet = quiet;
    this.#verbose = verbose;
  }

  /** A step, and how far it is, in [0, 1]; not a finite number where the whole is not known. */
  progress(step: string, done = NaN): void {
    const { stderr } = this.#io;
    if (this.#quiet) return;
    if (stderr.isTTY === true) {
      const text = Number.isFinite(done) ? `${step} ${Math.floor(100 * done)} %` : step;
      // A line that wraps could not be cleared. 0 columns means that nobody knows.
      const columns = stderr.columns ?? 0;
      stderr.write(CLEAR_LINE + (columns > 0 ? text.slice(0, columns - 1) : text));
      this.#isLineOpen = true;
    } else if (this.#verbose && step !== this.#step) {
      stderr.write(`${step}\n`);
    }
    this.#step = step;
  }

  /** Something worth knowing that is no result. */
  notice(text: string): void {
    this.clear();
    if (!this.#quiet) this.#io.stderr.write(`${text}\n`);
  }

  error(text: string): void {
    this.clear();
    this.#io.stderr.write(`spikeseg: ${text}\n`);
  }

  result(text: string): void {
    this.clear();
    this.#io.stdout.write(text);
  }

  /** Takes the line of progress away. */
  clear(): void {
    if (this.#isLineOpen) this.#io.stderr.write(CLEAR_LINE);
    this.#isLineOpen = false;
  }
}
