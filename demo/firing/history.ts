import { layerGroups, type FiringStatistics, type LayerGroup } from '../../src/index.ts';

/** Rates of one result. */
export interface Moment {
  /** Of the stages, in the order of `layerGroups`; NaN of a stage without layers. */
  readonly stages: readonly number[];
  /** Of every layer. */
  readonly layers: Float32Array;
}

/** The rates of the last results of one model. */
export class History {
  readonly #most: number;
  #names = '';
  #moments: Moment[] = [];

  /** @param most - results that are kept */
  constructor(most: number) {
    this.#most = most;
  }

  /** From the oldest to the latest. */
  get moments(): readonly Moment[] {
    return this.#moments;
  }

  /** Another model starts over: its layers are others. */
  record({ layers }: Pick<FiringStatistics, 'layers'>): void {
    const names = layers.map(({ name }) => name).join();
    if (names !== this.#names) this.#moments = [];
    this.#names = names;
    const stages = layerGroups.map((stage: LayerGroup) => {
      const own = layers.filter(({ group }) => group === stage);
      const units = own.reduce((sum, layer) => sum + layer.units, 0);
      return own.reduce((sum, { rate, units: count }) => sum + rate * count, 0) / units;
    });
    this.#moments.push({ stages, layers: Float32Array.from(layers, ({ rate }) => rate) });
    if (this.#moments.length > this.#most) this.#moments.shift();
  }
}
