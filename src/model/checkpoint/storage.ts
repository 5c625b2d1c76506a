import { quoted } from '../describe.ts';
import type { TensorInfo } from '../tensors.ts';
import type { Container } from './container.ts';
import { checkpointError } from './error.ts';
import {
  PyTuple,
  type StorageRef,
  type TensorRef,
  type Value,
  isCount,
  typeName,
} from './pickle-values.ts';

/** A tensor whose every element lies within its storage. */
export interface TensorView extends TensorInfo {
  readonly storage: StorageRef;
  readonly elementSize: number;
  /** In elements, per dimension. */
  readonly strides: readonly number[];
  /** Elements. */
  readonly count: number;
  /** Elements [first, end) of the stored ones that it touches. */
  readonly first: number;
  readonly end: number;
}

const MAX_DIMENSIONS = 8;
/** An expanded view repeats elements; small ones are harmless. */
const MAX_EXPANDED = 65_536;

/**
 * Checks a tensor against the storage that it views, before anything is allocated for it.
 *
 * @throws SpikesegError `checkpoint-invalid` naming the tensor and its storage
 */
export function checkView(name: string, tensor: TensorRef, container: Container): TensorView {
  const refuse = (problem: string) => checkpointError(`tensor ${quoted(name)} ${problem}`);
  const { storage } = tensor;
  const { dtype, elementSize } = storage.type;
  if (dtype === undefined) {
    throw refuse(`has elements of ${storage.type.name}, which no model here uses; convert it`);
  }

  const { place, bytes } = container.locate(storage);
  if (bytes === undefined) {
    throw refuse(`is in ${place}, which is missing; the file is damaged, fetch it again`);
  }
  const needed = (storage.offset + storage.length) * elementSize;
  if (needed > bytes) {
    const found = `claims ${needed} bytes of ${place}, which has ${bytes}`;
    throw refuse(`${found}; the file is truncated or damaged, fetch it again`);
  }

  const expectCount = (what: string, item: Value) => {
    if (isCount(item)) return item;
    const found = typeof item === 'number' ? String(item) : typeName(item);
    throw refuse(`has the ${what} ${found}, expected 0 or more; the file is damaged`);
  };
  const axes = (what: string, value: Value) => {
    if (!(value instanceof PyTuple)) {
      throw refuse(`has the ${what} ${typeName(value)}, expected a tuple; the file is damaged`);
    }
    const { length } = value.items;
    if (length <= MAX_DIMENSIONS) return value.items.map((item) => expectCount(what, item));
    throw refuse(`has ${length} dimensions, expected at most ${MAX_DIMENSIONS}; reshape it`);
  };
  const shape = axes('size', tensor.size);
  const strides = axes('stride', tensor.stride);
  const offset = expectCount('offset', tensor.offset);
  if (strides.length !== shape.length) {
    const found = `has ${shape.length} sizes and ${strides.length} strides`;
    throw refuse(`${found}, expected as many; the file is damaged, fetch it again`);
  }
  const count = product(shape);
  if (count > Math.max(storage.length, MAX_EXPANDED)) {
    const found = `of shape [${shape.join(', ')}] expands ${storage.length} stored elements`;
    throw refuse(`${found} beyond the limit; make it contiguous before it is saved`);
  }
  const span = shape.reduce((sum, size, axis) => sum + (size - 1) * (strides[axis] ?? 0), 1);
  const end = count === 0 ? offset : offset + span;
  if (end > storage.length) {
    const found = `reaches element ${end} of ${place}, which has ${storage.length}`;
    throw refuse(`${found}; the file is damaged, fetch it again`);
  }
  return {
    dtype,
    shape,
    storage,
    elementSize,
    strides,
    count,
    first: storage.offset + offset,
    end: storage.offset + end,
  };
}

/** The elements in row-major order, little-endian as stored; a new array that the caller owns. */
export async function readView(
  view: TensorView,
  container: Container,
): Promise<Uint8Array<ArrayBuffer>> {
  const { storage, elementSize, first, end } = view;
  const stored = await container.readStorage(storage, first * elementSize, end * elementSize);
  return isContiguous(view) ? stored : gather(stored, view);
}

/** Rounded where it is beyond any limit. */
function product(shape: readonly number[]): number {
  return shape.includes(0) ? 0 : shape.reduce((elements, size) => elements * size, 1);
}

function isContiguous({ shape, strides, count }: TensorView): boolean {
  let expected = count;
  return shape.every((size, axis) => {
    expected /= size;
    return size === 1 || count === 0 || strides[axis] === expected;
  });
}

function gather(stored: Uint8Array, view: TensorView): Uint8Array<ArrayBuffer> {
  const { shape, strides, count, elementSize } = view;
  const gathered = new Uint8Array(count * elementSize);
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let element = 0; element < count; element++) {
    for (let byte = 0; byte < elementSize; byte++) {
      gathered[element * elementSize + byte] = stored[from * elementSize + byte] ?? 0;
    }
    // To the next index in row-major order: the last axis first, with carry.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const stride = strides[axis] ?? 0;
      const next = (index[axis] ?? 0) + 1;
      const carries = next === shape[axis];
      index[axis] = carries ? 0 : next;
      from += carries ? -(next - 1) * stride : stride;
      if (!carries) break;
    }
  }
  return gathered;
}
