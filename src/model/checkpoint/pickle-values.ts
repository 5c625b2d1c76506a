import type { Dtype } from '../tensors.ts';
import type { Budget } from './budget.ts';
import { checkpointError } from './error.ts';

/** What a pickle can hold once it is read as data. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | PyList
  | PyTuple
  | PyDict
  | KnownGlobal
  | Placeholder
  | StorageRef
  | TensorRef;

const MAX_DEPTH = 256;

/** Knows how deep its contents nest, so that a bomb is refused while it is built. */
abstract class Container {
  #depth = 1;

  protected adopt(value: Value): void {
    if (!(value instanceof Container) || value.#depth < this.#depth) return;
    this.#depth = value.#depth + 1;
    if (this.#depth > MAX_DEPTH) {
      throw checkpointError(
        `the nesting depth of its objects exceeds ${MAX_DEPTH}; no checkpoint needs that, do not ` +
          'trust the file',
      );
    }
  }
}

export class PyList extends Container {
  readonly items: Value[] = [];

  append(value: Value): void {
    this.adopt(value);
    this.items.push(value);
  }
}

export class PyTuple extends Container {
  readonly items: readonly Value[];

  constructor(items: readonly Value[]) {
    super();
    this.items = items;
    for (const item of items) this.adopt(item);
  }
}

/** `dict` and `OrderedDict`. Keys that are objects compare by identity. */
export class PyDict extends Container {
  readonly entries = new Map<Value, Value>();

  set(key: Value, value: Value): void {
    this.adopt(value);
    this.entries.set(key, value);
  }
}

/** Stands for an object whose contents no one here needs: an array of NumPy, a set, bytes. */
export class Placeholder {
  /** For messages, e.g. `numpy.ndarray`. */
  readonly what: string;

  constructor(what: string) {
    this.what = what;
  }
}

/** What stands for the object that Python would build from `args`. */
export type Build = (args: readonly Value[], budget: Budget) => Value;

/** A name that checkpoints may mention. Nothing is imported or called because of it. */
export class KnownGlobal {
  /** E.g. `collections.OrderedDict`. */
  readonly name: string;
  /** Absent where nothing is built with it. */
  readonly build: Build | undefined;
  /** Element type, if this names a class of storages. */
  readonly storage: StorageType | undefined;

  constructor(name: string, build?: Build, storage?: StorageType) {
    this.name = name;
    this.build = build;
    this.storage = storage;
  }
}

export interface StorageType {
  /** E.g. `torch.FloatStorage`. */
  readonly name: string;
  /** Undefined for element types that no model here uses. */
  readonly dtype: Dtype | undefined;
  readonly elementSize: number;
}

/** Bytes elsewhere in the file, or a part of them. */
export class StorageRef {
  readonly type: StorageType;
  readonly key: string;
  /** First element of the stored ones that belongs to it. */
  readonly offset: number;
  /** Elements that belong to it, as the pickle claims. */
  readonly length: number;

  constructor(type: StorageType, key: string, offset: number, length: number) {
    this.type = type;
    this.key = key;
    this.offset = offset;
    this.length = length;
  }
}

/** A strided view of a storage, not checked yet: only its name makes a good message. */
export class TensorRef {
  readonly storage: StorageRef;
  readonly offset: Value;
  readonly size: Value;
  readonly stride: Value;

  constructor(storage: StorageRef, offset: Value, size: Value, stride: Value) {
    this.storage = storage;
    this.offset = offset;
    this.size = size;
    this.stride = stride;
  }
}

/** A value's type in Python's words, for messages. */
export function typeName(value: Value | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'None';
  if (value instanceof PyList) return 'a list';
  if (value instanceof PyTuple) return 'a tuple';
  if (value instanceof PyDict) return 'a dict';
  if (value instanceof StorageRef) return 'a storage';
  if (value instanceof TensorRef) return 'a tensor';
  if (value instanceof KnownGlobal) return value.name;
  if (value instanceof Placeholder) return value.what;
  return `a ${typeof value}`;
}

/** True for an integer that JavaScript holds exactly and that counts something. */
export function isCount(value: Value | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
