import { layerGroups, type LayerFiring, type LayerGroup } from '../../src/index.ts';
import type { Scope } from './view.ts';

/** What layers can be sorted by. */
export const SORT_KEYS = ['order', 'rate', 'spikes', 'accumulates'] as const;
export type SortKey = (typeof SORT_KEYS)[number];

/** Consecutive columns of one part of the network. */
export interface Run {
  readonly group: LayerGroup;
  /** Positions in the order, the end excluded. */
  readonly start: number;
  readonly end: number;
}

/**
 * Indices of the layers, sorted: in order of execution, or the largest first; with `grouped` the parts
 * of the network stay together.
 */
export function sortLayers(
  layers: readonly LayerFiring[],
  key: SortKey,
  grouped: boolean,
): readonly number[] {
  const part = layers.map(({ group }) => layerGroups.indexOf(group));
  return layers
    .map((layer, index) => ({ index, value: key === 'order' ? 0 : layer[key] }))
    .sort(
      (a, b) =>
        (grouped ? (part[a.index] ?? 0) - (part[b.index] ?? 0) : 0) ||
        b.value - a.value ||
        a.index - b.index,
    )
    .map(({ index }) => index);
}

/** Where the part of the network changes along an order of layers. */
export function runs(layers: readonly LayerFiring[], order: readonly number[]): readonly Run[] {
  const found: { group: LayerGroup; start: number; end: number }[] = [];
  order.forEach((index, position) => {
    const group = layers[index]?.group ?? layerGroups[0];
    const last = found.at(-1);
    if (last?.group === group) last.end = position + 1;
    else found.push({ group, start: position, end: position + 1 });
  });
  return found;
}

/** The layers that a scope means. */
export function membersOf(
  layers: readonly LayerFiring[],
  layer: LayerFiring,
  scope: Scope,
): readonly LayerFiring[] {
  if (scope === 'network') return layers;
  if (scope === 'layer') return [layer];
  return layers.filter(({ group }) => group === layer.group);
}
