import { checkpointError } from './error.ts';
import {
  KnownGlobal,
  PyTuple,
  StorageRef,
  type Value,
  isCount,
  typeName,
} from './pickle-values.ts';

/** What both file formats come down to: one object, and storages that it refers to. */
export interface Container {
  readonly format: 'zip' | 'legacy';
  readonly root: Value;
  /** Where a storage is, for messages, and its bytes in the file; undefined if it is absent. */
  locate(storage: StorageRef): { readonly place: string; readonly bytes: number | undefined };
  /** Bytes [start, end) of a storage, within what `locate` said; a new array that the caller owns. */
  readStorage(storage: StorageRef, start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Persistent ids are how a pickle of PyTorch refers to a storage: ('storage', class, key, location,
 * elements) and, in the legacy format, a view (key, first element, elements) or None. The location,
 * e.g. `cuda:0`, does not matter here.
 *
 * @throws SpikesegError `checkpoint-invalid` unless `id` has that form
 */
export function storageFromId(id: Value): StorageRef {
  const items = id instanceof PyTuple ? id.items : [];
  const [kind, storageClass, key, , length, view] = items;
  const type = storageClass instanceof KnownGlobal ? storageClass.storage : undefined;
  if (kind !== 'storage' || type === undefined || typeof key !== 'string' || !isCount(length)) {
    throw wrongId(id);
  }
  if (!(view instanceof PyTuple)) return new StorageRef(type, key, 0, length);
  const [, offset, viewLength] = view.items;
  if (!isCount(offset) || !isCount(viewLength) || offset + viewLength > length) throw wrongId(id);
  return new StorageRef(type, key, offset, viewLength);
}

function wrongId(id: Value) {
  const found = id instanceof PyTuple ? `(${id.items.map(typeName).join(', ')})` : typeName(id);
  return checkpointError(
    `the pickle has the persistent id ${found}, expected ('storage', class, key, location, ` +
      'elements); only files of torch.save can be read',
  );
}
