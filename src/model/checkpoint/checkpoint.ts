import { SpikesegError } from '../../errors.ts';
import { widenToF32 } from '../bytes.ts';
import { quoted } from '../describe.ts';
import type { ByteSource, TensorSource } from '../tensors.ts';
import type { Container } from './container.ts';
import { checkpointError } from './error.ts';
import { findStateDict, sharedPrefix } from './find-state-dict.ts';
import { openLegacy } from './legacy.ts';
import { PyDict, type TensorRef } from './pickle-values.ts';
import { type PlainValue, toPlain } from './plain.ts';
import { HEAD_BYTES, recognise } from './recognise.ts';
import { readBytes } from './slices.ts';
import { type TensorView, checkView, readView } from './storage.ts';
import { openTorchZip } from './torch-zip.ts';

/** A checkpoint of PyTorch, opened for reading; tensors stay in the file until they are read. */
export interface Checkpoint extends TensorSource {
  /** `zip` since PyTorch 1.6, `legacy` before. */
  readonly format: 'zip' | 'legacy';
  /** What was looked through: keys of dicts, then a prefix that all names shared (ends with `.`). */
  readonly wrapper: readonly string[];
  /** Entries of the state_dict that are no tensors. */
  readonly others: readonly string[];
  /** The file's `meta` as plain data, e.g. `dataset_meta`; empty if it has none. */
  readonly meta: ReadonlyMap<string, PlainValue>;
  /**
   * The elements as stored, little-endian, in row-major order whatever the strides; a new array that
   * the caller owns.
   * @throws SpikesegError `checkpoint-invalid`: unknown name, unreadable or damaged data
   */
  readRaw(name: string): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Opens a `.pth` file safely: it is parsed as data, nothing in it is imported or called, and memory is
 * bounded by the file's size. Only the directory and the description of the tensors are read here;
 * `file` must stay readable as long as tensors are read.
 *
 * @throws SpikesegError `checkpoint-invalid` naming the file, what is wrong with it and what to do
 * @see https://docs.pytorch.org/docs/stable/notes/serialization.html
 */
export async function openCheckpoint(file: ByteSource): Promise<Checkpoint> {
  return named(file, async () => {
    const format = recognise(await readBytes(file, 0, Math.min(HEAD_BYTES, file.size)));
    const container = await (format === 'zip' ? openTorchZip(file) : openLegacy(file));
    return describe(file, container);
  });
}

function describe(file: ByteSource, container: Container): Checkpoint {
  const { wrapper, tensors, others } = findStateDict(container.root);
  const prefix = sharedPrefix(tensors.keys());
  const views = new Map<string, TensorView>();
  // One tensor under many names costs a file little, and must cost us as little.
  const checked = new Map<TensorRef, TensorView>();
  for (const [name, tensor] of tensors) {
    const view = checked.get(tensor) ?? checkView(name, tensor, container);
    checked.set(tensor, view);
    views.set(name.slice(prefix.length), view);
  }

  const readRaw = (name: string) =>
    named(file, async () => {
      const view = views.get(name);
      if (view !== undefined) return readView(view, container);
      throw checkpointError(`there is no tensor ${quoted(name)}; use one of those it lists`);
    });
  return {
    format: container.format,
    tensors: views,
    wrapper: prefix === '' ? wrapper : [...wrapper, prefix],
    others,
    meta: metaOf(container),
    readRaw,
    async read(name) {
      const bytes = await readRaw(name);
      return widenToF32(views.get(name)?.dtype ?? 'F32', bytes);
    },
  };
}

function metaOf({ root }: Container): ReadonlyMap<string, PlainValue> {
  const meta = root instanceof PyDict ? root.entries.get('meta') : undefined;
  const plain = meta instanceof PyDict ? toPlain(meta) : undefined;
  return plain instanceof Map ? plain : new Map<string, PlainValue>();
}

/** Every message begins with the file's name. */
async function named<Result>(file: ByteSource, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof SpikesegError) || error.code !== 'checkpoint-invalid') throw error;
    throw checkpointError(`${file.name}: ${error.message}`, { cause: error });
  }
}
