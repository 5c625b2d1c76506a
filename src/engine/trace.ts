import { accesses, neuronOf } from '../model/dataflow.ts';
import type { Graph, Tensor } from '../model/graph.ts';
import type { LayerComparison } from './compare.ts';

/**
 * Names of the layers that flipped without a reason, from a run on the network's own spikes. A flip
 * has a reason if its unit is a listed near-tie, or if something that its layer depends on flipped.
 */
export function untracedLayers(graph: Graph, layers: readonly LayerComparison[]): string[] {
  const comparisons = new Map(layers.map((layer) => [layer.name, layer]));
  const untraced: string[] = [];
  const changed = new Set<Tensor>();
  for (const op of graph.ops) {
    const { reads, writes } = accesses(op);
    // What accumulates reads the map that it writes.
    const inherited = [...reads, ...writes].some((tensor) => changed.has(tensor));
    const { fired } = neuronOf(op);
    const compared = graph.neurons.flatMap(({ name, spikes }) => {
      const comparison = spikes.tensor === fired && comparisons.get(name);
      return comparison ? [comparison] : [];
    });
    if (!inherited) {
      const unexcused = compared.filter(({ flips, excused }) => flips > excused);
      untraced.push(...unexcused.map(({ name }) => name));
    }
    for (const tensor of writes) {
      // Spikes that were compared tell by themselves whether they changed.
      const known = tensor === fired && compared.length > 0;
      if (known ? compared.some(({ flips }) => flips > 0) : inherited) changed.add(tensor);
    }
  }
  return untraced;
}
