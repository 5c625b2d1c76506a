/** What the command needs of a standard stream; `process.stdout` is one. */
export interface Stream {
  readonly isTTY?: boolean;
  /** Width, of a terminal. */
  readonly columns?: number;
  write(text: string): unknown;
  /** Bits of colour, of a terminal; heeds NO_COLOR. */
  getColorDepth?(env: object): number;
}

/** Where the command writes, and what stops it. */
export interface Io {
  /** Results only. */
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** One of the things that `spikeseg` can do. */
export interface Command {
  /** A line for the list of commands. */
  readonly summary: string;
  /** What `--help` prints. */
  readonly help: string;
  /**
   * Does it, with the arguments after the command's name; the result is the exit status.
   * @throws SpikesegError for what ends it before its time
   */
  run(args: readonly string[], io: Io): Promise<number>;
}
