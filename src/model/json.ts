import { SpikesegError } from '../errors.ts';
import { quoted } from './describe.ts';

/** A value inside a parsed manifest that knows where it stands, so that a refusal can say so. */
export class JsonNode {
  readonly value: unknown;
  /** E.g. `classes[3].color`; empty for the whole manifest. */
  readonly path: string;

  constructor(value: unknown, path: string) {
    this.value = value;
    this.path = path;
  }

  /** Absent or `null`. */
  get missing(): boolean {
    return this.value === undefined || this.value === null;
  }

  /** The value under an own key of this object; `missing` where there is none. */
  at(key: string): JsonNode {
    const { value } = this;
    if (!isObject(value)) this.refuse('an object');
    const path = this.path === '' ? key : `${this.path}.${key}`;
    return new JsonNode(Object.hasOwn(value, key) ? value[key] : undefined, path);
  }

  /** This node, or one of the value `fallback` where it is missing. */
  or(fallback: unknown): JsonNode {
    return this.missing ? new JsonNode(fallback, this.path) : this;
  }

  /** Own keys and values of this object. */
  entries(): [string, JsonNode][] {
    const { value } = this;
    if (!isObject(value)) this.refuse('an object');
    return Object.keys(value).map((key) => [key, this.at(key)]);
  }

  items(): JsonNode[] {
    const { value } = this;
    if (!Array.isArray(value)) this.refuse('a list');
    return value.map((item: unknown, i) => new JsonNode(item, `${this.path}[${i}]`));
  }

  pair(): [JsonNode, JsonNode] {
    const [a, b, more] = this.items();
    return a && b && !more ? [a, b] : this.refuse('a list of 2');
  }

  triple(): [JsonNode, JsonNode, JsonNode] {
    const [a, b, c, more] = this.items();
    return a && b && c && !more ? [a, b, c] : this.refuse('a list of 3');
  }

  quadruple(): [JsonNode, JsonNode, JsonNode, JsonNode] {
    const [a, b, c, d, more] = this.items();
    return a && b && c && d && !more ? [a, b, c, d] : this.refuse('a list of 4');
  }

  integer(least: number, most: number): number {
    const { value } = this;
    if (typeof value === 'number' && Number.isInteger(value) && least <= value && value <= most) {
      return value;
    }
    return this.refuse(`an integer from ${least} to ${most}`);
  }

  number(): number {
    const { value } = this;
    return typeof value === 'number' && Number.isFinite(value) ? value : this.refuse('a number');
  }

  positive(): number {
    const value = this.number();
    return value > 0 ? value : this.refuse('a number above 0');
  }

  boolean(): boolean {
    return typeof this.value === 'boolean' ? this.value : this.refuse('true or false');
  }

  /** A string that matches `pattern`; `expected` describes one. */
  text(pattern = /./, expected = 'a text that is not empty'): string {
    const { value } = this;
    return typeof value === 'string' && pattern.test(value) ? value : this.refuse(expected);
  }

  /** One of the given values, compared with `===`. */
  oneOf<const T extends string | number>(...values: readonly T[]): T {
    const expected = values.map((value) => JSON.stringify(value)).join(' or ');
    return values.find((value) => value === this.value) ?? this.refuse(expected);
  }

  /** @throws SpikesegError `manifest-invalid` with this node's path and value */
  refuse(expected: string): never {
    const subject = this.path === '' ? 'the manifest' : `manifest: ${this.path}`;
    const found = this.missing ? 'missing' : describe(this.value);
    throw new SpikesegError(
      'manifest-invalid',
      `${subject} is ${found}, expected ${expected}; correct it, or fetch the manifest again`,
    );
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : 'of another type';
}
