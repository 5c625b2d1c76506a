import { parseGolden } from '../../src/model/golden.ts';
import { parseClassifierGolden } from '../../src/model/metaspikeformer/golden.ts';
import { openSafetensors } from '../../src/model/safetensors.ts';
import type { NetworkConfig } from '../../src/model/state-dict.ts';
import type { TensorSource } from '../../src/model/tensors.ts';
import { Weights } from '../../src/model/weights.ts';
import { fileSource, readJson } from './files.ts';
import { shared } from './shared.ts';

/** A golden of the segmenter, with its weights. */
export function openGolden(name: string) {
  return open(name, parseGolden);
}

/** A golden of the classifier, with its weights. */
export function openClassifierGolden(name: string) {
  return open(name, parseClassifierGolden);
}

async function open<G extends { readonly config: NetworkConfig; readonly weightsFile: string }>(
  name: string,
  parse: (json: unknown, tensors: TensorSource) => G,
) {
  const folder = shared('goldens', name);
  const tensors = await openSafetensors(fileSource(`${folder}/golden.safetensors`));
  const golden = parse(await readJson(`${folder}/manifest.json`), tensors);
  const source = await openSafetensors(fileSource(`${folder}/${golden.weightsFile}`));
  const weights = new Weights(source, golden.config);
  return { golden, read: (tensor: string) => weights.read(tensor) };
}
