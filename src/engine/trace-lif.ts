import type { ReadWeights } from '../model/graph.ts';
import type { ClassifierGolden } from '../model/metaspikeformer/golden.ts';
import { Classifier, type MembraneTrace } from './classifier.ts';
import { channelsLast } from './verify-lif.ts';

/**
 * Runs the classifier of a golden on its own spikes, and observes one of its neuron layers.
 * - `name`: of the layer; without it, the last one
 * @throws SpikesegError `invalid-argument` if there is no such layer; `weights-invalid`,
 * `shader-compile`, `out-of-memory`, `aborted`
 */
export async function traceLif(
  device: GPUDevice,
  golden: ClassifierGolden,
  read: ReadWeights,
  { name, signal }: { readonly name?: string | undefined; readonly signal?: AbortSignal },
): Promise<MembraneTrace> {
  const { config, size } = golden;
  const classifier = await Classifier.create(device, config, size, read, { observe: true, signal });
  try {
    const last = classifier.graph.neurons.at(-1)?.name ?? '';
    return await classifier.traceMembranes(await channelsLast(golden), name ?? last);
  } finally {
    classifier.destroy();
  }
}
