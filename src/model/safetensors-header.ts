import { SpikesegError } from '../errors.ts';
import { quoted } from './describe.ts';

/** One tensor as the header states it, before anything is checked against the file. */
export interface HeaderEntry {
  readonly name: string;
  readonly dtype: string;
  /** Non-negative safe integers, at most `MAX_RANK` of them. */
  readonly shape: readonly number[];
  /** Bytes [begin, end) after the header; non-negative safe integers. */
  readonly begin: number;
  readonly end: number;
}

const MAX_RANK = 8;
const FIELDS = ['dtype', 'shape', 'data_offsets'];
const WHITESPACE = ' \t\n\r';

/**
 * Reads the JSON header of a safetensors file by its own grammar, in one pass without recursion.
 * `JSON.parse` would keep the last of two equal keys, build whatever a hostile header nests, and
 * hand out `__proto__` as a key.
 *
 * - `text`: the header, padding included
 * - `file`: its name, for messages
 *
 * @throws SpikesegError `weights-invalid`
 * @see https://github.com/huggingface/safetensors#format
 */
export function parseHeader(text: string, file: string): HeaderEntry[] {
  return new HeaderReader(text, file).read();
}

class HeaderReader {
  readonly #text: string;
  readonly #file: string;
  #at = 0;
  /** What is being read, for messages. */
  #subject = 'the header';

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  read(): HeaderEntry[] {
    const entries: HeaderEntry[] = [];
    if (!this.#text.startsWith('{')) this.#fail('a JSON object that starts with "{"');
    this.#object((name) => {
      this.#subject = name === '__metadata__' ? name : `tensor ${quoted(name)}`;
      if (name === '__metadata__') this.#object(() => void this.#string());
      else entries.push(this.#entry(name));
      this.#subject = 'the header';
    });
    this.#skipWhitespace();
    if (this.#at < this.#text.length) this.#fail('nothing but spaces after the JSON object');
    return entries;
  }

  #entry(name: string): HeaderEntry {
    let dtype: string | undefined;
    let shape: number[] | undefined;
    let offsets: number[] | undefined;
    this.#object((field) => {
      if (field === 'dtype') dtype = this.#string();
      else if (field === 'shape') shape = this.#integers(MAX_RANK);
      else if (field === 'data_offsets') offsets = this.#integers(2);
      else this.#refuse(`has a field ${quoted(field)}; only ${FIELDS.join(', ')} are known`);
    });
    const [begin, end] = offsets ?? [];
    if (dtype === undefined || shape === undefined || begin === undefined || end === undefined) {
      this.#refuse(`is incomplete; expected ${FIELDS.join(', ')}, with two offsets`);
    }
    return { name, dtype, shape, begin, end };
  }

  /** Reads `{ key: value, … }`; `readValue` reads each value. */
  #object(readValue: (key: string) => void): void {
    const keys = new Set<string>();
    this.#list('{', '}', () => {
      const key = this.#string();
      if (keys.has(key)) this.#refuse(`has the key ${quoted(key)} twice; expected it once`);
      if (key in Object.prototype || key === 'prototype') {
        this.#refuse(`has the key ${quoted(key)}, which is a property of every object; rename it`);
      }
      keys.add(key);
      this.#expect(':');
      readValue(key);
    });
  }

  #integers(most: number): number[] {
    const values: number[] = [];
    this.#list('[', ']', () => {
      if (values.length === most) this.#fail(`at most ${most} integers in a list`);
      values.push(this.#integer());
    });
    return values;
  }

  #list(open: string, close: string, readItem: () => void): void {
    this.#expect(open);
    if (this.#peek() === close) {
      this.#at++;
      return;
    }
    for (;;) {
      readItem();
      if (this.#peek() === close) break;
      this.#expect(',');
    }
    this.#at++;
  }

  #integer(): number {
    this.#skipWhitespace();
    const start = this.#at;
    while (/[-+.\w]/.test(this.#text.charAt(this.#at))) this.#at++;
    const token = this.#text.slice(start, this.#at);
    const value = Number(token);
    if (/^(0|[1-9]\d*)$/.test(token) && Number.isSafeInteger(value)) return value;
    this.#at = start;
    return this.#fail('a non-negative integer below 2^53');
  }

  #string(): string {
    if (this.#peek() !== '"') this.#fail('a string');
    const start = this.#at++;
    for (let c = ''; c !== '"'; this.#at++) {
      c = this.#text.charAt(this.#at);
      if (c === '') this.#fail('the closing quote of a string');
      if (c === '\\') this.#at++;
    }
    try {
      return String(JSON.parse(this.#text.slice(start, this.#at)));
    } catch {
      this.#at = start;
      return this.#fail('a valid JSON string');
    }
  }

  #expect(token: string): void {
    if (this.#peek() !== token) this.#fail(quoted(token));
    this.#at++;
  }

  /** The next character that is not white space; empty at the end. */
  #peek(): string {
    this.#skipWhitespace();
    return this.#text.charAt(this.#at);
  }

  #skipWhitespace(): void {
    while (this.#at < this.#text.length && WHITESPACE.includes(this.#text.charAt(this.#at))) {
      this.#at++;
    }
  }

  #fail(expected: string): never {
    const next = this.#text.slice(this.#at, this.#at + 20);
    const found = /^[-+.\w]+/.exec(next)?.[0] ?? next;
    const shown = found === '' ? 'the header ends' : `${quoted(found)} was found`;
    this.#refuse(`is not valid at character ${this.#at}: ${shown}, expected ${expected}`);
  }

  #refuse(problem: string): never {
    throw new SpikesegError(
      'weights-invalid',
      `${this.#file}: ${this.#subject} ${problem}; write the file again with a safetensors library`,
    );
  }
}
