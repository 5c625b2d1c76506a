import type { Neuron, ReadWeights, Tensor } from '../model/graph.ts';
import type { ClassifierGraph } from '../model/metaspikeformer/classifier.ts';
import type { ClassifierGolden } from '../model/metaspikeformer/golden.ts';
import { unitsOf } from '../model/spike-words.ts';
import { Classifier } from './classifier.ts';
import {
  comparePotentials,
  compareSpikes,
  expectedWords,
  type Expected,
  type LayerComparison,
} from './compare.ts';
import type { Recording } from './record.ts';
import { untracedLayers } from './trace.ts';
import { judge, type Verification, type VerifyOptions } from './verdict.ts';

/** What the golden knows of one timestep, by the name of the neuron layer. */
type Timestep = ReadonlyMap<string, Expected>;

/** Largest error of the logits, which are sums over at most a few hundred spikes. */
const LOGITS_ALLOWED = 2e-5;

/**
 * Runs the classifier of a golden on a device, once with every layer judged by itself and once on
 * its own spikes. Layers are compared over all timesteps together, and so are their currents.
 * @throws SpikesegError `weights-invalid`, `shader-compile`, `out-of-memory`, `aborted`
 */
export async function verifyLif(
  device: GPUDevice,
  golden: ClassifierGolden,
  read: ReadWeights,
  { signal, onStep }: Pick<VerifyOptions, 'signal' | 'onStep'> = {},
): Promise<Verification> {
  const classifier = await Classifier.create(device, golden.config, golden.size, read, { signal });
  try {
    const { graph } = classifier;
    const picture = await channelsLast(golden);
    const expected = await expectedTimesteps(golden, graph);
    onStep?.('teacher-forced');
    const forced = expected.map((layers) => expectedWords(graph, layers));
    const guided = await classifier.record(picture, { forced, signal });
    onStep?.('free-running');
    const free = await classifier.record(picture, { signal });

    const freeRunning = compareTimesteps(graph, expected, free.timesteps);
    const logits = await golden.tensors.read('logits');
    const verification = {
      teacherForced: compareTimesteps(graph, expected, guided.timesteps),
      freeRunning,
      untraced: untracedLayers(graph, freeRunning),
      firing: [],
      outputs: [
        {
          name: 'class logits',
          values: logits.length,
          max: largestError(free.logits, logits),
          allowed: LOGITS_ALLOWED,
        } as const,
      ],
      labels: undefined,
    };
    return { ...verification, faults: judge(verification) };
  } finally {
    classifier.destroy();
  }
}

async function expectedTimesteps(
  { tensors }: ClassifierGolden,
  { neurons, timesteps }: ClassifierGraph,
): Promise<Timestep[]> {
  const steps = Array.from({ length: timesteps }, () => new Map<string, Expected>());
  for (const neuron of neurons) {
    const { name } = neuron;
    const units = unitsOf(neuron);
    const has = (kind: string) => tensors.tensors.has(`${kind}/${name}`);
    const spikes = has('lif_out') ? await tensors.read(`lif_out/${name}`) : undefined;
    const currents = has('lif_in') ? await tensors.read(`lif_in/${name}`) : undefined;
    if (!spikes) continue;
    steps.forEach((layers, t) => {
      const ofStep = (all: Float32Array) => all.subarray(t * units, (t + 1) * units);
      layers.set(name, {
        counts: Uint8Array.from(ofStep(spikes)),
        nearTies: new Set(),
        ...(currents ? { potentials: ofStep(currents) } : {}),
      });
    });
  }
  return steps;
}

function compareTimesteps(
  graph: ClassifierGraph,
  expected: readonly Timestep[],
  recordings: readonly Recording[],
): LayerComparison[] {
  return graph.neurons.flatMap((neuron) => {
    const steps = recordings.flatMap((recording, t) => {
      const layer = expected[t]?.get(neuron.name);
      return layer ? [compareTimestep(neuron, layer, recording)] : [];
    });
    const [first] = steps;
    return first ? [steps.slice(1).reduce(together, first)] : [];
  });
}

function compareTimestep(neuron: Neuron, layer: Expected, recording: Recording): LayerComparison {
  const comparison = compareSpikes(neuron, layer, recording);
  const tensor: Tensor = neuron.spikes.tensor;
  const current = recording.currents.get(tensor);
  if (!layer.potentials || !current) return comparison;
  return { ...comparison, error: comparePotentials(neuron, layer.potentials, current, false) };
}

function together(a: LayerComparison, b: LayerComparison): LayerComparison {
  const sum = {
    name: a.name,
    units: a.units + b.units,
    flips: a.flips + b.flips,
    excused: a.excused + b.excused,
  };
  if (!a.error || !b.error) return sum;
  const max = Math.max(a.error.max, b.error.max);
  return { ...sum, error: { max, allowed: Math.max(a.error.allowed, b.error.allowed) } };
}

function largestError(got: Float32Array, expected: Float32Array): number {
  const errors = Array.from(expected, (want, i) => Math.abs((got[i] ?? NaN) - want));
  return Math.max(...errors);
}

/** The golden's input, [3, H, W], as the network wants it. */
export async function channelsLast({
  tensors,
  size,
}: ClassifierGolden): Promise<Float32Array<ArrayBuffer>> {
  const planes = await tensors.read('input');
  const pixels = size.height * size.width;
  return planes.map((_, i) => planes[(i % 3) * pixels + Math.floor(i / 3)] ?? NaN);
}
