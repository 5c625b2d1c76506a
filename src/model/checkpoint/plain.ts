import { PyDict, PyList, PyTuple, type Value } from './pickle-values.ts';

/** Data without behaviour. It may share parts and contain itself, as the file's objects may. */
export type PlainValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly PlainValue[]
  | ReadonlyMap<string, PlainValue>;

/**
 * A value of a pickle without this room's classes: lists and tuples become arrays, dicts become maps
 * (entries whose key is no text are left out), and what is not plain (tensors, arrays of NumPy,
 * objects) becomes null. Shared parts stay shared and nothing recurses, so no file can blow it up.
 */
export function toPlain(root: Value): PlainValue {
  const made = new Map<Value, PlainValue>();
  const unfinished: (() => void)[] = [];

  const convert = (value: Value): PlainValue => {
    if (value === null || typeof value !== 'object') return value;
    const known = made.get(value);
    if (known !== undefined) return known;
    if (value instanceof PyList || value instanceof PyTuple) {
      const array: PlainValue[] = [];
      made.set(value, array);
      unfinished.push(() => {
        for (const item of value.items) array.push(convert(item));
      });
      return array;
    }
    if (value instanceof PyDict) {
      const map = new Map<string, PlainValue>();
      made.set(value, map);
      unfinished.push(() => {
        for (const [key, item] of value.entries) {
          if (typeof key === 'string') map.set(key, convert(item));
        }
      });
      return map;
    }
    return null;
  };

  const plain = convert(root);
  for (let finish = unfinished.pop(); finish !== undefined; finish = unfinished.pop()) finish();
  return plain;
}
