import { JsonNode } from '../json.ts';
import type { Size } from '../shapes.ts';
import type { TensorSource } from '../tensors.ts';
import { parseClassifierConfig, type ClassifierConfig } from './config.ts';

/** Activations of the original classifier for one picture, over all timesteps. */
export interface ClassifierGolden {
  readonly name: string;
  readonly config: ClassifierConfig;
  readonly size: Size;
  /** Relative path of the weights, from the golden's folder. */
  readonly weightsFile: string;
  /** `input` [3, H, W], `lif_out/…` and `lif_in/…` [T, …], `logits` [classes]. */
  readonly tensors: TensorSource;
}

/** Whether a golden's manifest is of a classifier of leaky neurons. */
export function isClassifierGolden(json: unknown): boolean {
  return !new JsonNode(json, 'golden').at('config').at('lif').missing;
}

/** @throws SpikesegError `manifest-invalid` naming the JSON path */
export function parseClassifierGolden(json: unknown, tensors: TensorSource): ClassifierGolden {
  const root = new JsonNode(json, 'golden');
  const config = root.at('config');
  const [height, width] = config.at('img_size').pair();
  return {
    name: root.at('name').text(),
    config: parseClassifierConfig(config.value),
    size: { height: height.integer(1, 16_384), width: width.integer(1, 16_384) },
    weightsFile: root.at('weights_file').text(),
    tensors,
  };
}
