import { openSafetensors } from '../safetensors.ts';
import type { ByteSource, TensorSource } from '../tensors.ts';
import { openCheckpoint } from './checkpoint.ts';
import type { PlainValue } from './plain.ts';

/** A file of weights by official name, in one of the formats that they come in. */
export interface OpenWeights {
  readonly format: 'zip' | 'legacy' | 'safetensors';
  readonly tensors: TensorSource;
  /** What was looked through to find the tensors. */
  readonly wrapper: readonly string[];
  /** The file's `meta`; empty if it has none. */
  readonly meta: ReadonlyMap<string, PlainValue>;
}

const HEADER_LENGTH_BYTES = 8;

/**
 * Opens a `.pth` or a safetensors file, by how it begins. `file` must stay readable.
 * @throws SpikesegError `checkpoint-invalid`, `weights-invalid`
 */
export async function openWeights(file: ByteSource): Promise<OpenWeights> {
  const head = await file.slice(0, Math.min(HEADER_LENGTH_BYTES + 2, file.size));
  if (String.fromCharCode(...head.subarray(HEADER_LENGTH_BYTES)) === '{"') {
    const tensors = await openSafetensors(file);
    return { format: 'safetensors', tensors, wrapper: [], meta: new Map() };
  }
  const checkpoint = await openCheckpoint(file);
  const { format, wrapper, meta } = checkpoint;
  return { format, tensors: checkpoint, wrapper, meta };
}
