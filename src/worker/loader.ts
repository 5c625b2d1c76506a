import { SpikesegError, throwIfAborted } from '../errors.ts';
import { bytesSource } from '../model/bytes.ts';
import { parseManifest, type ModelManifest } from '../model/manifest.ts';
import { openSafetensors } from '../model/safetensors.ts';
import type { TensorSource } from '../model/tensors.ts';
import { verifySha256 } from '../model/weights.ts';
import type { ModelSource, Progress } from './api.ts';

export interface LoadedModel {
  readonly manifest: ModelManifest;
  readonly weights: TensorSource;
}

export interface LoadOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** A model's files, wherever they are. URLs are absolute, so that a worker can fetch them. */
export interface ModelLocation {
  readonly manifest: Blob | string;
  /** undefined: the file that the manifest names, beside it. */
  readonly weights: Blob | string | undefined;
}

/** Folder, manifest or pair of files → location; relative URLs count from the page. */
export function locate(model: ModelSource): ModelLocation {
  if (typeof model === 'string' || model instanceof URL) {
    const url = absolute(model);
    const manifest = url.endsWith('.json') ? url : new URL('manifest.json', folder(url)).href;
    return { manifest, weights: undefined };
  }
  const file = (f: Blob | string | URL) => (f instanceof Blob ? f : absolute(f));
  return { manifest: file(model.manifest), weights: file(model.weights) };
}

/**
 * Fetches a model and checks it: manifest, size, SHA-256, safetensors header.
 * @throws SpikesegError `network`, `manifest-invalid`, `integrity`, `weights-invalid`, `aborted`
 */
export async function loadModel(
  { manifest: manifestFile, weights: weightsFile }: ModelLocation,
  { signal, onProgress }: LoadOptions,
): Promise<LoadedModel> {
  const manifest = parseManifest(parseJson(await fetchBytes(manifestFile, signal), manifestFile));
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
  const bytes = await fetchBytes(location, signal, (loaded) =>
    onProgress?.({ phase: 'download', loaded: Math.min(loaded, total), total }),
  );
  if (bytes.length !== total) {
    throw new SpikesegError(
      'integrity',
      `${file} has ${bytes.length} bytes, its manifest promises ${total}: fetch it again`,
    );
  }
  onProgress?.({ phase: 'verify', loaded: 0, total: 1 });
  await verifySha256(bytes, sha256, file);
  onProgress?.({ phase: 'verify', loaded: 1, total: 1 });
  throwIfAborted(signal);
  return { manifest, weights: await openSafetensors(bytesSource(file, bytes)) };
}

async function fetchBytes(
  file: Blob | string,
  signal: AbortSignal | undefined,
  onBytes?: (loaded: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  throwIfAborted(signal);
  try {
    const response = await open(file, signal);
    if (!response.ok) {
      throw new SpikesegError(
        'network',
        `${nameOf(file)} could not be fetched: the server answered ${response.status} ${response.statusText}`,
      );
    }
    const chunks: Uint8Array[] = [];
    let loaded = 0;
    const reader = response.body?.getReader();
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) break;
      chunks.push(value);
      loaded += value.length;
      onBytes?.(loaded);
    }
    return concatenate(chunks, loaded);
  } catch (cause) {
    throwIfAborted(signal);
    if (cause instanceof SpikesegError) throw cause;
    throw new SpikesegError(
      'network',
      `${nameOf(file)} could not be fetched: check the address and the connection, and that the ` +
        'server allows this page to read it (CORS)',
      { cause },
    );
  }
}

async function open(file: Blob | string, signal: AbortSignal | undefined): Promise<Response> {
  if (file instanceof Blob) return new Response(file);
  if (file.startsWith('file:')) return new Response(await openLocal(file));
  return fetch(file, signal ? { signal } : {});
}

/** Node's fetch reads no local files. Asked of the process, so that no bundler looks for the module. */
function openLocal(url: string): Promise<Blob> {
  return process.getBuiltinModule('node:fs').openAsBlob(new URL(url));
}

function concatenate(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function parseJson(bytes: Uint8Array, file: Blob | string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new SpikesegError(
      'manifest-invalid',
      `${nameOf(file)} is not JSON: expected a model's manifest.json`,
      { cause },
    );
  }
}

function nameOf(file: Blob | string): string {
  if (typeof file === 'string') return file;
  return 'name' in file && typeof file.name === 'string' ? file.name : 'the file';
}

function absolute(url: string | URL): string {
  const base = typeof document === 'undefined' ? undefined : document.baseURI;
  return new URL(url, base).href;
}

function folder(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}
