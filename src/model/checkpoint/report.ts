import { SpikesegError } from '../../errors.ts';
import { compareTensors, describeFaults, type TensorComparison } from '../check-tensors.ts';
import type { ModelConfig } from '../config.ts';
import { quoted } from '../describe.ts';
import type { ModelClass } from '../manifest.ts';
import {
  published,
  PUBLISHED_NAMES,
  RELEASED_CONFIG,
  type PublishedModel,
} from '../registry/registry.ts';
import type { TensorSource } from '../tensors.ts';
import { checkpointClasses } from './classes.ts';
import { inferConfig } from './infer.ts';
import type { OpenWeights } from './open-weights.ts';
import type { CheckpointOptions } from './options.ts';

/** What a checkpoint holds, and whether it can run. */
export interface CheckpointReport {
  readonly format: OpenWeights['format'];
  /** What was looked through to find the tensors: keys, then a prefix that all names shared. */
  readonly wrapper: readonly string[];
  /** The network that names and shapes describe; undefined if they describe none of ours. */
  readonly config: ModelConfig | undefined;
  /** How the tensors fit `config`, or the published network where there is none. */
  readonly tensors: TensorComparison;
  /** In label order; empty without `config`. */
  readonly classes: readonly ModelClass[];
  /** Trained numbers that matched, running statistics not counted. */
  readonly parameters: number;
  /** Why it cannot run, and what it seems to be instead; undefined if it can run. */
  readonly problem: string | undefined;
}

/**
 * Compares the tensors of a file with the network that they seem to be. Reads no tensor.
 * @throws SpikesegError `invalid-argument` for options that no file fits
 */
export function reportCheckpoint(
  { format, tensors: source, wrapper, meta }: OpenWeights,
  options: CheckpointOptions = {},
): CheckpointReport {
  const model = publishedAs(options);
  const { config, problem } = tryInfer(source, options, model);
  const tensors = compareTensors(source, config ?? model?.config ?? RELEASED_CONFIG);
  return {
    format,
    wrapper,
    config,
    tensors,
    classes: config ? checkpointClasses(config, meta, options.classes ?? model?.classes) : [],
    parameters: countParameters(source, tensors),
    problem: problem ?? describeFaults(tensors),
  };
}

/**
 * The published model that the options name.
 * @throws SpikesegError `invalid-argument` if there is none of that name
 */
export function publishedAs({ as }: CheckpointOptions): PublishedModel | undefined {
  const model = as === undefined ? undefined : published(as);
  if (model !== undefined || as === undefined) return model;
  throw new SpikesegError(
    'invalid-argument',
    `there is no published model ${quoted(as)}: use one of ${PUBLISHED_NAMES.join(', ')}`,
  );
}

function tryInfer(
  source: TensorSource,
  options: CheckpointOptions,
  model: PublishedModel | undefined,
): Pick<CheckpointReport, 'config' | 'problem'> {
  try {
    return { config: inferConfig(source, { ...model?.config, ...options }), problem: undefined };
  } catch (error) {
    if (!(error instanceof SpikesegError)) throw error;
    return { config: undefined, problem: error.message };
  }
}

function countParameters({ tensors }: TensorSource, { matched }: TensorComparison): number {
  const trained = matched.filter((name) => !/\.running_(mean|var)$/.test(name));
  const elements = (name: string) =>
    (tensors.get(name)?.shape ?? []).reduce((product, size) => product * size, 1);
  return trained.reduce((sum, name) => sum + elements(name), 0);
}
