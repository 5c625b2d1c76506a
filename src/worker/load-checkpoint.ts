import { SpikesegError, throwIfAborted } from '../errors.ts';
import { checkpointManifest, recognisePublished } from '../model/checkpoint/manifest.ts';
import { openWeights } from '../model/checkpoint/open-weights.ts';
import type { CheckpointOptions } from '../model/checkpoint/options.ts';
import {
  publishedAs,
  reportCheckpoint,
  type CheckpointReport,
} from '../model/checkpoint/report.ts';
import { sha256OfBlob } from '../model/sha256.ts';
import { nameOf, openFile, sliceable } from './files.ts';
import type { LoadedModel, LoadOptions } from './loader.ts';
import { modelStore } from './store.ts';

/** A checkpoint, wherever it is. */
export interface CheckpointLocation {
  readonly checkpoint: Blob | string;
  readonly options: CheckpointOptions;
  /** Whether a file that is not the published one may be loaded `as` it. */
  readonly allowHashMismatch: boolean;
  /** Whether the browser keeps what was downloaded. */
  readonly keep: boolean;
}

/** @see inspectCheckpoint */
export async function inspect(file: Blob, options: CheckpointOptions): Promise<CheckpointReport> {
  return reportCheckpoint(await openWeights(sliceable(file, file)), options);
}

/**
 * Opens a checkpoint as a model: what its file does not tell comes from the options, the registry of
 * published models, and defaults.
 * @throws SpikesegError `network`, `checkpoint-invalid`, `weights-invalid`, `integrity`, `aborted`
 */
export async function loadCheckpoint(
  { checkpoint, options, allowHashMismatch, keep }: CheckpointLocation,
  { signal, onProgress }: LoadOptions,
): Promise<LoadedModel> {
  const named = publishedAs(options);
  const kept = typeof checkpoint === 'string' ? await modelStore.open(checkpoint) : undefined;
  const file = await openFile(kept ?? checkpoint, signal, (loaded, total) =>
    onProgress?.({ phase: 'download', loaded, total }),
  );
  const name = nameOf(checkpoint);
  const weights = await openWeights(sliceable(file, checkpoint));
  const sha256 = await sha256OfBlob(file, (loaded) => {
    throwIfAborted(signal);
    onProgress?.({ phase: 'verify', loaded, total: file.size });
  });

  const notices: string[] = [];
  if (named !== undefined && sha256 !== named.sha256) {
    const found = `${name} is not the published ${named.name}: its SHA-256 is ${sha256}, expected ${named.sha256}`;
    if (!allowHashMismatch) {
      throw new SpikesegError(
        'integrity',
        `${found}. Fetch it again, or allow the mismatch if the file is your own`,
      );
    }
    notices.push(found);
  }
  const recognised = recognisePublished(sha256, options);
  const caution = publishedAs(recognised)?.caution;
  if (caution !== undefined) notices.push(caution);
  const report = reportCheckpoint(weights, recognised);
  const manifest = checkpointManifest(
    { name, bytes: file.size, sha256 },
    weights.tensors,
    report,
    recognised,
  );
  if (keep && kept === undefined && isRemote(checkpoint)) {
    await modelStore.save(checkpoint, file).catch((error: unknown) => {
      if (!(error instanceof SpikesegError)) throw error;
      notices.push(error.message);
    });
  }
  return { manifest, weights: weights.tensors, notices, report };
}

function isRemote(checkpoint: Blob | string): checkpoint is string {
  return typeof checkpoint === 'string' && !checkpoint.startsWith('file:');
}
