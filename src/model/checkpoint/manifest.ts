import { SpikesegError } from '../../errors.ts';
import type { KeepPreprocessing, ModelManifest, WeightsFile } from '../manifest.ts';
import { OFFICIAL_PREPROCESSING, PUBLISHED_MODELS } from '../registry/registry.ts';
import type { TensorSource } from '../tensors.ts';
import type { CheckpointOptions } from './options.ts';
import { publishedAs, type CheckpointReport } from './report.ts';

/** The file of a checkpoint. */
export interface CheckpointFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Names the published model that the file is, unless the caller names one. */
export function recognisePublished(sha256: string, options: CheckpointOptions): CheckpointOptions {
  const known = PUBLISHED_MODELS.find((model) => model.sha256 === sha256);
  return known === undefined ? options : { as: known.name, ...options };
}

/**
 * The manifest that a checkpoint would have as a model of ours.
 * @throws SpikesegError `weights-invalid` with the report's problem
 */
export function checkpointManifest(
  { name, bytes, sha256 }: CheckpointFile,
  source: TensorSource,
  { config, classes, problem, parameters }: CheckpointReport,
  options: CheckpointOptions,
): ModelManifest {
  if (config === undefined || problem !== undefined) {
    throw new SpikesegError('weights-invalid', `${name}: ${problem ?? 'it is no Spike2Former'}`);
  }
  const model = publishedAs(options);
  const preprocessing = model?.preprocessing ?? OFFICIAL_PREPROCESSING;
  return {
    name: model?.name ?? name.replace(/\.\w+$/, ''),
    title: model?.title ?? name,
    description: '',
    config,
    classes,
    preprocessing: resized(preprocessing, options),
    metrics: undefined,
    weights: { file: name, dtype: storedAs(source), sha256, bytes, parameters },
    licence: model && { weights: model.licence, note: model.citation },
    sources: [],
  };
}

function resized(preprocessing: KeepPreprocessing, { size }: CheckpointOptions): KeepPreprocessing {
  if (size === undefined) return preprocessing;
  const { height, width } = size;
  const scale = [Math.max(height, width), Math.min(height, width)] as const;
  return { ...preprocessing, size: [height, width], scale };
}

/** The type that all weights have; f32 where they differ. */
function storedAs({ tensors }: TensorSource): WeightsFile['dtype'] {
  const types = new Set(Array.from(tensors.values(), ({ dtype }) => dtype));
  types.delete('I64'); // counters
  const [only, other] = types;
  if (other !== undefined) return 'f32';
  return only === 'F16' ? 'f16' : only === 'BF16' ? 'bf16' : 'f32';
}
