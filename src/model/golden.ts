import { SpikesegError } from '../errors.ts';
import { parseConfig, type ModelConfig } from './config.ts';
import { JsonNode } from './json.ts';
import type { Size } from './shapes.ts';
import type { TensorSource } from './tensors.ts';

/** Activations of the original network for one picture, to compare with. */
export interface Golden {
  readonly name: string;
  readonly config: ModelConfig;
  readonly size: Size;
  /** Relative path of the weights, from the golden's folder. */
  readonly weightsFile: string;
  /** Of each neuron, the flat indices of units so near a tie that a flip is excused. */
  readonly nearTies: ReadonlyMap<string, ReadonlySet<number>>;
  /** How each neuron fired, in order of execution. */
  readonly firing: readonly Firing[];
  /** Stored tensors: `input`, `neuron_int/…`, `neuron_in/…`, `seg_pred` … */
  readonly tensors: TensorSource;
}

export interface Firing {
  readonly name: string;
  readonly units: number;
  /** Mean spike count. */
  readonly mean: number;
  /** Part of the units that fire at all. */
  readonly nonzero: number;
}

/** @throws SpikesegError `manifest-invalid` naming the JSON path */
export function parseGolden(json: unknown, tensors: TensorSource): Golden {
  const root = new JsonNode(json, 'golden');
  const config = root.at('config');
  const size = config.at('img_size').missing ? config.at('image_size') : config.at('img_size');
  const [height, width] = size.pair();
  const name = root.at('name').text();
  if (!tensors.tensors.has('input')) {
    throw new SpikesegError(
      'manifest-invalid',
      `golden ${name} has no tensor "input": expected the normalised picture that the activations belong to`,
    );
  }
  const nearTies = new Map<string, Set<number>>();
  for (const tie of root.at('near_ties').or([]).items()) {
    const [neuron = tie, index = tie] = tie.items();
    const key = neuron.text();
    const ties = nearTies.get(key) ?? new Set();
    nearTies.set(key, ties.add(index.integer(0, Number.MAX_SAFE_INTEGER)));
  }
  return {
    name,
    config: parseConfig(config.value),
    size: { height: height.integer(1, 16_384), width: width.integer(1, 16_384) },
    weightsFile: root.at('weights_file').text(),
    nearTies,
    firing: root.at('neurons').items().map(parseFiring),
    tensors,
  };
}

function parseFiring(node: JsonNode): Firing {
  return {
    name: node.at('name').text(),
    units: node.at('numel').integer(1, Number.MAX_SAFE_INTEGER),
    mean: node.at('mean_int').number(),
    nonzero: node.at('nonzero').number(),
  };
}
