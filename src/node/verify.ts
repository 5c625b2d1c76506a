import { join } from 'node:path';
import { verifyGolden, type VerifyOptions } from '../engine/verdict.ts';
import type { MembraneTrace } from '../engine/classifier.ts';
import { traceLif } from '../engine/trace-lif.ts';
import { verifyLif } from '../engine/verify-lif.ts';
import { SpikesegError } from '../errors.ts';
import { openDevice } from '../gpu/device.ts';
import { parseGolden, type Golden } from '../model/golden.ts';
import {
  isClassifierGolden,
  parseClassifierGolden,
  type ClassifierGolden,
} from '../model/metaspikeformer/golden.ts';
import { openSafetensors } from '../model/safetensors.ts';
import { Weights } from '../model/weights.ts';
import { openDawn } from './dawn.ts';
import { readJson, withFile, writeWhole } from './files.ts';
import type { Command } from './io.ts';
import { COMMON_HELP, onlyArgument, parseOptions, usage } from './options.ts';
import { Reporter } from './reporter.ts';
import { Paint, toJson } from './text.ts';
import { traceCsv, traceSvg } from './traces.ts';
import { describeVerification, type VerifyResult } from './verify-result.ts';

const help = `\
Usage: spikeseg verify FOLDER [options]

Runs the network of a golden (a folder of manifest.json and golden.safetensors:
what the original's neurons did for one picture) on this machine, and compares:
- teacher-forced: every neuron layer by itself, given the golden's own spikes;
  its spikes must be equal, except at listed near-ties, and its membrane
  potentials within what the order of sums allows
- free-running: on its own spikes; every flip must be a near-tie or follow from
  an earlier flip
- class and mask logits, scores, and labels
A classifier of leaky neurons (lif) is stepped through its timesteps: its layers
are compared over all of them, with their currents, and so are its logits.
Of the stages of the decoder's head only the last is compared: the network runs
no other. The exit status is 0 if all of it holds, else 1.

  --literal          keep the original's order of matrix products instead of the
                     re-associated one
  --unrolled         run layers in D virtual timesteps of binary spikes, instead
                     of one of spike counts
  --traces FILE      of a classifier, also write the membrane potentials of a
                     layer over time: some neurons as a picture (.svg), or all
                     of them as a table (.csv)
  --layer NAME       which layer that is (default: the last)
  --all              list every layer, not only those that are worst
${COMMON_HELP}
`;

const options = {
  literal: { type: 'boolean' },
  unrolled: { type: 'boolean' },
  traces: { type: 'string' },
  layer: { type: 'string' },
  all: { type: 'boolean' },
} as const;

const STEPS = {
  'teacher-forced': 'every layer by itself, on the spikes of the golden',
  'free-running': 'the whole network on its own spikes',
} as const;

export const verify: Command = {
  summary: 'compare the network with recorded activations of the original',
  help,
  async run(args, io) {
    const { values, positionals } = parseOptions(args, options);
    const folder = onlyArgument(positionals, 'the folder of a golden');
    const reporter = new Reporter(io, values);
    const literal = values.literal === true;
    const unrolled = values.unrolled === true;
    const traces = tracesOf(values);

    const result = await withGolden(folder, async (golden, weights): Promise<VerifyResult> => {
      if ((literal || unrolled) && isClassifier(golden)) {
        throw new SpikesegError(
          'invalid-argument',
          `--literal and --unrolled are for segmenters, and ${golden.name} is a classifier: leave them out`,
        );
      }
      if (traces && !isClassifier(golden)) {
        throw new SpikesegError(
          'invalid-argument',
          `--traces is for classifiers, and ${golden.name} is a segmenter: its neurons have no memory`,
        );
      }
      const { device, adapter } = await openDevice(await openDawn());
      const started = performance.now();
      try {
        const read = (name: string) => weights.read(name);
        const verifyOptions: VerifyOptions = {
          literal,
          unrolled,
          signal: io.signal,
          onStep: (step) => reporter.progress(`${golden.name}: ${STEPS[step]}`),
        };
        const verification = await (isClassifier(golden)
          ? verifyLif(device, golden, read, verifyOptions)
          : verifyGolden(device, golden, read, verifyOptions));
        if (traces && isClassifier(golden)) {
          const trace = await traceLif(device, golden, read, {
            name: traces.layer,
            signal: io.signal,
          });
          await writeWhole(traces.file, new TextEncoder().encode(traces.format(trace)));
        }
        return {
          golden: golden.name,
          size: golden.size,
          adapter,
          literal,
          unrolled,
          passed: verification.faults.length === 0,
          ...verification,
          milliseconds: performance.now() - started,
        };
      } finally {
        reporter.clear();
        device.destroy();
      }
    });
    reporter.result(
      values.json === true
        ? toJson(result)
        : describeVerification(result, new Paint(io.stdout, io.env), values.all === true),
    );
    return result.passed ? 0 : 1;
  },
};

interface Traces {
  readonly file: string;
  readonly layer: string | undefined;
  readonly format: (trace: MembraneTrace) => string;
}

/** What --traces and --layer ask for. @throws SpikesegError `invalid-argument` */
function tracesOf({
  traces: file,
  layer,
}: {
  readonly traces?: string | undefined;
  readonly layer?: string | undefined;
}): Traces | undefined {
  if (file === undefined) {
    if (layer !== undefined) throw usage('--layer is for --traces: name its file too');
    return undefined;
  }
  if (file.endsWith('.svg')) return { file, layer, format: traceSvg };
  if (file.endsWith('.csv')) return { file, layer, format: traceCsv };
  throw usage(`--traces ${file} is of no known format: name a file that ends in .svg or .csv`);
}

async function withGolden<T>(
  folder: string,
  action: (golden: Golden | ClassifierGolden, weights: Weights) => Promise<T>,
): Promise<T> {
  const manifest = await readJson(join(folder, 'manifest.json'));
  return withFile(join(folder, 'golden.safetensors'), async (tensors) => {
    const parse = isClassifierGolden(manifest) ? parseClassifierGolden : parseGolden;
    const golden = parse(manifest, await openSafetensors(tensors));
    return withFile(join(folder, golden.weightsFile), async (file) => {
      const weights = new Weights(await openSafetensors(file), golden.config);
      return action(golden, weights);
    });
  });
}

function isClassifier(golden: Golden | ClassifierGolden): golden is ClassifierGolden {
  return 'timesteps' in golden.config;
}
