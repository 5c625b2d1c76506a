import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SpikesegError } from '../errors.ts';
import { quoted } from '../model/describe.ts';
import { parseManifest, type ModelManifest } from '../model/manifest.ts';
import { published } from '../model/registry/registry.ts';
import type { CheckpointSource, ModelSource } from '../worker/api.ts';
import { readJson } from './files.ts';

/** A model on disk. */
export interface ModelFolder {
  readonly manifestPath: string;
  readonly weightsPath: string;
  readonly manifest: ModelManifest;
}

export const DEFAULT_MODEL = 'portrait';

/** Of every command that runs a model. */
export const MODEL_HELP = `\
  -m, --model MODEL  name of a bundled or published model, a folder with a
                     manifest.json, such a file, or a checkpoint of PyTorch; on
                     disk or at an http(s) address (default: ${DEFAULT_MODEL})`;

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
      `there is no model ${quoted(model)}: give the name of a bundled one (${bundled.join(', ')}) or of ` +
        'a published one, a folder with a manifest.json, such a file, a checkpoint of PyTorch, or the ' +
        'http(s) address of one',
      { cause },
    );
  });
  const folder = found.isDirectory() ? path : join(path, '..');
  const manifestPath = found.isDirectory() ? join(path, 'manifest.json') : path;
  const manifest = parseManifest(await readJson(manifestPath));
  return { manifestPath, manifest, weightsPath: join(folder, manifest.weights.file) };
}

const WEIGHTS = new Set(['.pth', '.pt', '.ckpt', '.safetensors']);

type ToldOptions = Omit<CheckpointSource, 'checkpoint'>;

/**
 * A model as the segmenter takes it: like {@link findModel}, the address of its folder on a server, or
 * a checkpoint as {@link checkpointAt} takes it.
 * @param options what a checkpoint does not tell
 * @throws SpikesegError `network` if there is none, `manifest-invalid`
 */
export async function findSource(model: string, options: ToldOptions): Promise<ModelSource> {
  if (isCheckpoint(model)) return checkpointAt(model, options);
  if (isAddress(model)) return model;
  const { manifestPath, weightsPath } = await findModel(model);
  return { manifest: pathToFileURL(manifestPath), weights: pathToFileURL(weightsPath) };
}

/** A published model by its name, or any weights file by its path or its address on a server. */
export function checkpointAt(model: string, options: ToldOptions): CheckpointSource {
  const known = published(model);
  if (known) return { checkpoint: known.url, ...options, as: known.name };
  return { checkpoint: isAddress(model) ? model : pathToFileURL(model), ...options };
}

/** Whether that is a checkpoint, by its name or extension. */
function isCheckpoint(model: string): boolean {
  const path = isAddress(model) ? new URL(model).pathname : model;
  return published(model) !== undefined || WEIGHTS.has(extname(path).toLowerCase());
}

/** Whether that is on a server. */
export function isAddress(model: string): boolean {
  return /^https?:\/\//i.test(model) && URL.canParse(model);
}

async function bundledModels(): Promise<string[]> {
  const entries = await readdir(BUNDLED, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
