import { SpikesegError, throwIfAborted } from '../errors.ts';
import type { CheckpointReport } from '../model/checkpoint/report.ts';
import { parseManifest, type ModelManifest } from '../model/manifest.ts';
import { openSafetensors } from '../model/safetensors.ts';
import { sha256OfBlob } from '../model/sha256.ts';
import type { TensorSource } from '../model/tensors.ts';
import { onDemand } from '../on-demand.ts';
import type { ModelSource, Progress } from './api.ts';
import { absolute, nameOf, openFile, sliceable } from './files.ts';
import type { CheckpointLocation } from './load-checkpoint.ts';

export interface LoadedModel {
  readonly manifest: ModelManifest;
  /** Reads from the model's file, which must stay readable. */
  readonly weights: TensorSource;
  /** What people should know of it, a sentence each. */
  readonly notices: readonly string[];
  /** Of a checkpoint. */
  readonly report?: CheckpointReport;
}

export interface LoadOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** A model's files, wherever they are. URLs are absolute, so that a worker can fetch them. */
export type ModelLocation = FilesLocation | CheckpointLocation;

export interface FilesLocation {
  readonly manifest: Blob | string;
  /** undefined: the file that the manifest names, beside it. */
  readonly weights: Blob | string | undefined;
}

/** Folder, manifest, pair of files or checkpoint → location; relative URLs count from the page. */
export function locate(model: ModelSource): ModelLocation {
  if (typeof model === 'string' || model instanceof URL) {
    const url = absolute(model);
    const manifest = url.endsWith('.json') ? url : new URL('manifest.json', folder(url)).href;
    return { manifest, weights: undefined };
  }
  const file = (f: Blob | string | URL) => (f instanceof Blob ? f : absolute(f));
  if ('checkpoint' in model) {
    const { checkpoint, allowHashMismatch = false, keep = true, ...options } = model;
    return { checkpoint: file(checkpoint), options, allowHashMismatch, keep };
  }
  return { manifest: file(model.manifest), weights: file(model.weights) };
}

/**
 * Fetches a model and checks it before any of it is used.
 * @throws SpikesegError `network`, `manifest-invalid`, `integrity`, `weights-invalid`,
 * `checkpoint-invalid`, `aborted`
 */
export async function loadModel(
  location: ModelLocation,
  options: LoadOptions = {},
): Promise<LoadedModel> {
  if (!('checkpoint' in location)) return loadFiles(location, options);
  const { loadCheckpoint } = await onDemand(import('./load-checkpoint.ts'));
  return loadCheckpoint(location, options);
}

async function loadFiles(
  { manifest: manifestFile, weights: weightsFile }: FilesLocation,
  { signal, onProgress }: LoadOptions,
): Promise<LoadedModel> {
  const manifest = parseManifest(
    await readJson(await openFile(manifestFile, signal), manifestFile),
  );
  const { file, bytes: total, sha256 } = manifest.weights;
  const location =
    weightsFile ??
    (typeof manifestFile === 'string' ? new URL(file, manifestFile).href : undefined);
  if (location === undefined) {
    throw new SpikesegError(
      'invalid-argument',
      `a manifest given as a file needs its weights (${file}) given too`,
    );
  }
  onProgress?.({ phase: 'download', loaded: 0, total });
  const weights = await openFile(location, signal, (loaded) =>
    onProgress?.({ phase: 'download', loaded: Math.min(loaded, total), total }),
  );
  const wrong = (what: string) =>
    new SpikesegError(
      'integrity',
      `${file} ${what}: fetch it again, or correct the manifest if it was changed on purpose`,
    );
  if (weights.size !== total) {
    throw wrong(`has ${weights.size} bytes, its manifest promises ${total}`);
  }
  const found = await sha256OfBlob(weights, (loaded) => {
    throwIfAborted(signal);
    onProgress?.({ phase: 'verify', loaded, total });
  });
  if (found !== sha256) throw wrong(`has the SHA-256 ${found}, its manifest promises ${sha256}`);
  return { manifest, weights: await openSafetensors(sliceable(weights, location)), notices: [] };
}

async function readJson(file: Blob, origin: Blob | string): Promise<unknown> {
  try {
    return JSON.parse(await file.text());
  } catch (cause) {
    throw new SpikesegError(
      'manifest-invalid',
      `${nameOf(origin)} is not JSON: expected a model's manifest.json`,
      { cause },
    );
  }
}

function folder(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}
