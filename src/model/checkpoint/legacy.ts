import { quoted } from '../describe.ts';
import type { ByteSource } from '../tensors.ts';
import { Budget } from './budget.ts';
import { type Container, storageFromId } from './container.ts';
import { checkpointError } from './error.ts';
import { unpickle } from './pickle.ts';
import { PickleTruncated } from './pickle-cursor.ts';
import type { PersistentLoad } from './pickle-machine.ts';
import { PyDict, PyList, type Value } from './pickle-values.ts';
import { readBytes, viewOf } from './slices.ts';

/** First pickle of every legacy file. */
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;
const LEGACY_PROTOCOL = 1001;
const FIRST_WINDOW_BYTES = 2 ** 20;
const LENGTH_BYTES = 8;

interface StoredBytes {
  readonly start: number;
  readonly bytes: number;
}

/**
 * Opens what `torch.save` wrote before PyTorch 1.6, and still writes on request: five pickles (magic
 * number, protocol, machine, the object, keys of its storages), then every storage as its number of
 * elements and its bytes.
 *
 * @throws SpikesegError `checkpoint-invalid`
 */
export async function openLegacy(file: ByteSource): Promise<Container> {
  const pickles = new PickleSequence(file);
  if ((await pickles.next()) !== LEGACY_MAGIC) throw wrongLayout('magic number');
  if ((await pickles.next()) !== LEGACY_PROTOCOL) throw wrongLayout(`protocol ${LEGACY_PROTOCOL}`);
  const machine = await pickles.next();
  if (!(machine instanceof PyDict)) throw wrongLayout('description of a machine');
  if (machine.entries.get('little_endian') === false) {
    throw checkpointError('its byte order is big-endian; save it again on a little-endian machine');
  }

  const elementSizes = new Map<string, number>();
  const root = await pickles.next((id) => {
    const storage = storageFromId(id);
    elementSizes.set(storage.key, storage.type.elementSize);
    return storage;
  });
  const keys = await pickles.next();
  if (!(keys instanceof PyList)) throw wrongLayout('list of storages');
  const stored = await findStorages(file, pickles.position, keys.items, elementSizes);
  return {
    format: 'legacy',
    root,
    locate({ key }) {
      return { place: `storage ${quoted(key)}`, bytes: stored.get(key)?.bytes };
    },
    readStorage({ key }, start, end) {
      const from = stored.get(key)?.start ?? file.size;
      return readBytes(file, from + start, from + end);
    },
  };
}

async function findStorages(
  file: ByteSource,
  start: number,
  keys: readonly Value[],
  elementSizes: ReadonlyMap<string, number>,
): Promise<Map<string, StoredBytes>> {
  const stored = new Map<string, StoredBytes>();
  let position = start;
  for (const key of keys) {
    const elementSize = typeof key === 'string' ? elementSizes.get(key) : undefined;
    if (typeof key !== 'string' || elementSize === undefined || stored.has(key)) {
      throw wrongLayout('list of the storages that its object uses, each once');
    }
    const dataStart = position + LENGTH_BYTES;
    if (dataStart > file.size) throw truncated(key, 'begins');
    const header = viewOf(await readBytes(file, position, dataStart));
    const bytes = Number(header.getBigUint64(0, true)) * elementSize;
    if (bytes > file.size - dataStart) throw truncated(key, `of ${bytes} bytes ends`);
    stored.set(key, { start: dataStart, bytes });
    position = dataStart + bytes;
  }
  return stored;
}

/** Pickles that follow each other; only their end says where they end. */
class PickleSequence {
  readonly #file: ByteSource;
  /** Part of the file, and where in it the next pickle begins. */
  #window: Uint8Array = new Uint8Array();
  #windowStart = 0;
  #next = 0;
  #budget: Budget;

  constructor(file: ByteSource) {
    this.#file = file;
    this.#budget = new Budget(file.size);
  }

  /** Of the file: the byte after the last pickle. */
  get position(): number {
    return this.#windowStart + this.#next;
  }

  async next(persistentLoad: PersistentLoad = storageFromId): Promise<Value> {
    for (;;) {
      try {
        const budget = this.#budget.copy();
        const { value, end } = unpickle(this.#window, this.#next, budget, persistentLoad);
        this.#next = end;
        this.#budget = budget;
        return value;
      } catch (error) {
        if (!(error instanceof PickleTruncated)) throw error;
        await this.#grow(error);
      }
    }
  }

  /** Twice the bytes at least, so that reading again costs no more than reading once. */
  async #grow(truncation: PickleTruncated): Promise<void> {
    const start = this.position;
    const { size } = this.#file;
    const windowEnd = this.#windowStart + this.#window.length;
    if (windowEnd === size || this.#windowStart + truncation.end > size) throw truncation;
    const wanted = Math.max(
      start + FIRST_WINDOW_BYTES,
      start + 2 * (windowEnd - start),
      this.#windowStart + truncation.end,
    );
    const wantedEnd = Math.min(wanted, size);
    this.#budget.spend(wantedEnd - windowEnd);
    // The old window goes before the new one comes.
    this.#window = new Uint8Array();
    this.#windowStart = start;
    this.#next = 0;
    this.#window = await readBytes(this.#file, start, wantedEnd);
  }
}

function wrongLayout(expected: string) {
  return checkpointError(
    `it begins as a legacy checkpoint but has no ${expected} where one belongs; the file is ` +
      'damaged, fetch it again',
  );
}

function truncated(key: string, what: string) {
  return checkpointError(
    `storage ${quoted(key)} ${what} beyond the end; the file is truncated, fetch it again`,
  );
}
