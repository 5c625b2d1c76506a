import type { FiringStatistics, LayerFiring } from '../../src/index.ts';

type Layers = Pick<FiringStatistics, 'layers'>;

/** A layer that two results have in common. */
export interface Pair {
  readonly name: string;
  readonly a: LayerFiring;
  readonly b: LayerFiring;
  /** Rate of b minus that of a. */
  readonly difference: number;
  /** Into the layers of b. */
  readonly index: number;
}

/** Layers of the same name, in the order of b. Of two models these may be few. */
export function pairLayers(a: Layers, b: Layers): readonly Pair[] {
  const held = new Map(a.layers.map((layer) => [layer.name, layer]));
  return b.layers.flatMap((layer, index) => {
    const other = held.get(layer.name);
    if (other === undefined) return [];
    const { name, rate } = layer;
    return [{ name, a: other, b: layer, difference: rate - other.rate, index }];
  });
}

/** The largest difference first. */
export function byDifference(pairs: readonly Pair[]): readonly Pair[] {
  return [...pairs].sort((p, q) => Math.abs(q.difference) - Math.abs(p.difference));
}
