import { checkpointError } from './error.ts';

/** What V8 needs for the things that a file can ask for, in bytes, rounded up. */
export const COST = {
  /** A list or tuple; `item` for each of its items comes on top, as for each argument. */
  sequence: 80,
  item: 16,
  dict: 240,
  mapEntry: 48,
  /** Beside its characters. */
  text: 32,
  object: 64,
  tensor: 256,
  record: 160,
};

// A map holds at most 2^24 entries; at `mapEntry` bytes each, this much cannot fill one.
const MOST = 512 * 2 ** 20;
/** A megabyte, less the pieces of fixed size that are read whatever the file. */
const SLACK = 2 ** 20 - 128 * 2 ** 10;

/**
 * How much memory opening a file may take, for bytes read and objects built: twice the file and a
 * megabyte. It grows with the file, so that a short file cannot ask for much.
 */
export class Budget {
  readonly #fileSize: number;
  #left: number;

  constructor(fileSize: number) {
    this.#fileSize = fileSize;
    this.#left = Math.min(2 * fileSize + SLACK, MOST);
  }

  /** With as much left, for an attempt that may have to be made again. */
  copy(): Budget {
    const copy = new Budget(this.#fileSize);
    copy.#left = this.#left;
    return copy;
  }

  /** @throws SpikesegError `checkpoint-invalid` once more was spent than the file may ask for */
  spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left >= 0) return;
    throw checkpointError(
      `it describes far more objects than a checkpoint of ${this.#fileSize} bytes should hold; ` +
        'do not trust it, get it again from its authors',
    );
  }
}
