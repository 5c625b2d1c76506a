import { Segmenter, type Progress } from '../index.ts';

interface Shared {
  readonly borrowers: Set<Lease>;
  readonly loading: AbortController;
  readonly segmenter: Promise<Segmenter>;
}

/** By address of the model; '' is the bundled one. */
const pool = new Map<string, Shared>();

/**
 * One element's share in a segmenter. All that ask for the same model share one, which is loaded for
 * the first of them and disposed of after the last.
 */
export class Lease {
  readonly model: string;
  readonly onProgress: (progress: Progress) => void;
  readonly #shared: Shared;

  /** @param model - address of a model's folder, as `CreateOptions` has it; '' for the bundled one */
  constructor(model: string, onProgress: (progress: Progress) => void) {
    this.model = model;
    this.onProgress = onProgress;
    this.#shared = pool.get(model) ?? load(model);
    this.#shared.borrowers.add(this);
  }

  /**
   * Belongs to all borrowers: none disposes of it.
   * @throws SpikesegError as `Segmenter.create`
   */
  get segmenter(): Promise<Segmenter> {
    return this.#shared.segmenter;
  }

  release(): void {
    const { borrowers, loading, segmenter } = this.#shared;
    borrowers.delete(this);
    // An element that is moved leaves the page and comes back in the same turn.
    setTimeout(() => {
      if (borrowers.size > 0) return;
      this.#retire();
      loading.abort();
      segmenter.then((loaded) => loaded.dispose()).catch(() => undefined);
    });
  }

  /** Gives up a segmenter that no longer works: whoever asks for the model next loads it again. */
  discard(): void {
    this.#retire();
    this.release();
  }

  #retire(): void {
    if (pool.get(this.model) === this.#shared) pool.delete(this.model);
  }
}

function load(model: string): Shared {
  const borrowers = new Set<Lease>();
  const loading = new AbortController();
  const segmenter = Segmenter.create({
    ...(model === '' ? {} : { model }),
    signal: loading.signal,
    onProgress(progress) {
      for (const lease of borrowers) lease.onProgress(progress);
    },
  });
  // Those who wait are told; a borrower that went may have left nobody who does.
  segmenter.catch(() => undefined);
  const shared = { borrowers, loading, segmenter };
  pool.set(model, shared);
  return shared;
}
