import type { LayerFiring, Segmentation, SegmentOptions } from '../../src/index.ts';

/**
 * Runs the picture at hand once more. Gives undefined if that cannot be, or no longer matters: another
 * picture was chosen, or a video goes on by itself.
 */
export type Ask = (options: SegmentOptions) => Promise<Segmentation | undefined>;

export interface SpikeReaderEvents {
  /** What was missing is there now. */
  readonly onRead: () => void;
  readonly onError: (error: unknown) => void;
}

/** Finds the spikes of a layer: they came with the result, or the picture is run again for them. */
export class SpikeReader {
  readonly #ask: Ask;
  readonly #events: SpikeReaderEvents;
  /** A layer belongs to one result, so that a new result starts with nothing. */
  readonly #known = new WeakMap<LayerFiring, Uint8Array>();
  #wanted: LayerFiring | undefined;
  #reading = new AbortController();

  constructor(ask: Ask, events: SpikeReaderEvents) {
    this.#ask = ask;
    this.#events = events;
  }

  /** Spike counts, [height][width][channels]; undefined if they are yet to be read. */
  of(layer: LayerFiring): Uint8Array | undefined {
    const known = layer.spikeCounts ?? this.#known.get(layer);
    if (known === undefined && layer !== this.#wanted) void this.#read(layer);
    return known;
  }

  async #read(layer: LayerFiring): Promise<void> {
    this.#reading.abort();
    const { signal } = (this.#reading = new AbortController());
    this.#wanted = layer;
    try {
      const { name } = layer;
      const again = await this.#ask({ signal, statistics: { spikes: [name] } });
      if (signal.aborted) return;
      const counts = again?.statistics?.layers.find((other) => other.name === name)?.spikeCounts;
      if (counts === undefined) return;
      this.#known.set(layer, counts);
      this.#events.onRead();
    } catch (error) {
      if (!signal.aborted) this.#events.onError(error);
    }
  }
}
