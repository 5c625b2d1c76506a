import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SpikesegError } from '../errors.ts';
import { quoted } from '../model/describe.ts';
import { parseManifest, type ModelManifest } from '../model/manifest.ts';
import type { CheckpointSource, ModelSource } from '../worker/api.ts';
import { readJson } from './files.ts';

/** A model on disk. */
export interface ModelFolder {
  readonly manifestPath: string;
  readonly weightsPath: string;
  readonly manifest: ModelManifest;
}

export const DEFAULT_MODEL = 'portrait';

/** Where the package keeps its models. */
const BUNDLED = fileURLToPath(new URL('../../weights/', import.meta.url));

/**
 * Finds a model and reads its manifest.
 * @param model name of a bundled model, a folder with a manifest.json, or the path of a manifest
 * @throws SpikesegError `network` if there is none, `manifest-invalid`
 */
export async function findModel(model: string): Promise<ModelFolder> {
  const bundled = await bundledModels();
  const path = bundled.includes(model) ? join(BUNDLED, model) : model;
  const found = await stat(path).catch((cause: unknown) => {
    throw new SpikesegError(
      'network',
      `there is no model ${quoted(model)}: give the name of a bundled one (${bundled.join(', ')}), ` +
        'a folder with a manifest.json, or the path of a manifest.json',
      { cause },
    );
  });
  const folder = found.isDirectory() ? path : join(path, '..');
  const manifestPath = found.isDirectory() ? join(path, 'manifest.json') : path;
  const manifest = parseManifest(await readJson(manifestPath));
  return { manifestPath, manifest, weightsPath: join(folder, manifest.weights.file) };
}

const WEIGHTS = new Set(['.pth', '.pt', '.ckpt', '.safetensors']);

/**
 * A model as the segmenter takes it: like {@link findModel}, or a checkpoint by its extension.
 * @param options what a checkpoint does not tell
 * @throws SpikesegError `network` if there is none, `manifest-invalid`
 */
export async function findSource(
  model: string,
  options: Omit<CheckpointSource, 'checkpoint'>,
): Promise<ModelSource> {
  if (WEIGHTS.has(extname(model).toLowerCase())) {
    return { checkpoint: pathToFileURL(model), ...options };
  }
  const { manifestPath, weightsPath } = await findModel(model);
  return { manifest: pathToFileURL(manifestPath), weights: pathToFileURL(weightsPath) };
}

async function bundledModels(): Promise<string[]> {
  const entries = await readdir(BUNDLED, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
