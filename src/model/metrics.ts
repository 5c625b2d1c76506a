import type { JsonNode } from './json.ts';

/** How good and how busy the model was on its validation pictures; all that its manifest tells. */
export interface ModelMetrics {
  /** Pictures that were measured. */
  readonly images: number | undefined;
  /** Mean intersection over union, 0..1. */
  readonly miou: number | undefined;
  /** By class, 0..1. */
  readonly iou: readonly number[] | undefined;
  /** Share of the pixels that were labelled right, 0..1. */
  readonly accuracy: number | undefined;
  /** Mean spike count over D, 0..1. */
  readonly firing: number | undefined;
  /** Share of the neurons that fired at all, 0..1. */
  readonly nonzero: number | undefined;
  /** By neuron layer; `firing` and `nonzero` as above. */
  readonly neurons: ReadonlyMap<string, { readonly firing: number; readonly nonzero: number }>;
  /** Per picture, by name, e.g. `spike_accumulates`, `energy_mj_45nm`. */
  readonly operations: ReadonlyMap<string, number>;
}

/** @throws SpikesegError `manifest-invalid` where something known has another type */
export function parseMetrics(node: JsonNode): ModelMetrics {
  const optional = (key: string) => {
    const value = node.at(key);
    return value.missing ? undefined : value.number();
  };
  const iou = node.at('iou');
  const neurons = node.at('neurons').or({}).entries();
  const operations = node.at('operations').or({}).entries();
  return {
    images: optional('images'),
    miou: optional('miou'),
    iou: iou.missing ? undefined : iou.items().map((item) => item.number()),
    accuracy: optional('accuracy'),
    firing: optional('firing'),
    nonzero: optional('nonzero'),
    neurons: new Map(
      neurons.map(([name, rates]) => {
        const [firing, nonzero] = rates.pair();
        return [name, { firing: firing.number(), nonzero: nonzero.number() }];
      }),
    ),
    operations: new Map(operations.map(([name, count]) => [name, count.number()])),
  };
}
