import { type Budget, COST } from './budget.ts';
import { checkpointError } from './error.ts';
import type { PickleCursor } from './pickle-cursor.ts';
import {
  KnownGlobal,
  Placeholder,
  PyDict,
  PyTuple,
  type Value,
  typeName,
} from './pickle-values.ts';

/** Values that wait for the container they belong to. */
const MAX_STACK = 6144;
const MAX_MARKS = 256;

/** Turns a persistent id into what it stands for. */
export type PersistentLoad = (id: Value) => Value;

/** The stack, marks and memo that opcodes work on. */
export class PickleMachine {
  readonly cursor: PickleCursor;
  readonly budget: Budget;
  readonly persistentLoad: PersistentLoad;
  readonly #stack: Value[] = [];
  /** Heights of the stack at which items of an unfinished container begin. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, Value>();

  constructor(cursor: PickleCursor, budget: Budget, persistentLoad: PersistentLoad) {
    this.cursor = cursor;
    this.budget = budget;
    this.persistentLoad = persistentLoad;
  }

  push(value: Value): void {
    if (this.#stack.length >= MAX_STACK) {
      throw checkpointError(
        `the pickle keeps more than ${MAX_STACK} values waiting: no checkpoint has that nesting ` +
          'depth or tuples that long, do not trust the file',
      );
    }
    this.#stack.push(value);
  }

  /** Pushes a value that takes memory of its own. */
  pushNew(value: Value, cost: number): void {
    this.budget.spend(cost);
    this.push(value);
  }

  pushTuple(items: readonly Value[]): void {
    this.pushNew(new PyTuple(items), COST.sequence + COST.item * items.length);
  }

  pop(): Value {
    const value = this.top();
    this.#stack.length -= 1;
    return value;
  }

  top(): Value {
    const value = this.#stack.at(-1);
    if (value === undefined || this.#stack.length <= (this.#marks.at(-1) ?? 0)) {
      throw this.#underflow();
    }
    return value;
  }

  mark(): void {
    if (this.#marks.length >= MAX_MARKS) {
      throw checkpointError(
        `the pickle's nesting depth exceeds ${MAX_MARKS}; no checkpoint needs that, do not trust ` +
          'the file',
      );
    }
    this.#marks.push(this.#stack.length);
  }

  /** Takes all values since the last mark, in order, and the mark. */
  popMark(): Value[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw this.#underflow();
    return this.#stack.splice(mark);
  }

  /** A key and its value in turn. */
  popPairs(): [Value, Value][] {
    const items = this.popMark();
    const pairs: [Value, Value][] = [];
    for (let i = 0; i < items.length; i += 2) {
      const [key, value] = items.slice(i, i + 2);
      if (key === undefined || value === undefined) throw this.#underflow();
      pairs.push([key, value]);
    }
    return pairs;
  }

  remember(index: number): void {
    this.budget.spend(COST.mapEntry);
    this.#memo.set(index, this.top());
  }

  rememberNext(): void {
    this.remember(this.#memo.size);
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) {
      throw checkpointError(
        `the pickle reads memo ${index}, which was never written; the file is damaged, fetch it again`,
      );
    }
    this.push(value);
  }

  /** What stands for an object of the class or function below the arguments on the stack. */
  build(): void {
    const args = this.pop();
    const callable = this.pop();
    if (!(callable instanceof KnownGlobal) || callable.build === undefined) {
      throw this.unfit('build an object of', callable);
    }
    if (!(args instanceof PyTuple)) throw this.unfit('take as arguments', args);
    this.pushNew(callable.build(args.items, this.budget), COST.object);
  }

  /** Attributes are forgotten: an OrderedDict's `_metadata`, the contents of placeholders. */
  setState(): void {
    this.pop();
    const object = this.top();
    if (object instanceof Placeholder || object instanceof PyDict) return;
    throw this.unfit('set the state of', object);
  }

  unfit(action: string, value: Value) {
    return checkpointError(
      `the pickle wants to ${action} ${typeName(value)} before byte ${this.cursor.position}, ` +
        'which no checkpoint does; nothing was executed, do not trust the file',
    );
  }

  #underflow() {
    return checkpointError(
      `stack underflow in the pickle before byte ${this.cursor.position}; the file is damaged, ` +
        'fetch it again',
    );
  }
}
