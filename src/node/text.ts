import { stripVTControlCharacters } from 'node:util';
import type { Io, Stream } from './io.ts';

const TRUE_COLOR = 24;

/** Emphasis for a stream; without effect where the stream is no terminal or has no colours. */
export class Paint {
  readonly #depth: number;

  constructor(stream: Stream, env: Io['env']) {
    this.#depth = stream.isTTY === true ? (stream.getColorDepth?.(env) ?? 1) : 1;
  }

  readonly bold = (text: string) => this.#wrap('1', text);
  readonly dim = (text: string) => this.#wrap('2', text);
  readonly good = (text: string) => this.#wrap('32', text);
  readonly bad = (text: string) => this.#wrap('31', text);

  /** A patch of a colour `#rrggbb`; empty where it cannot be shown. */
  swatch(color: string): string {
    if (this.#depth < TRUE_COLOR) return '';
    const rgb = Number.parseInt(color.slice(1), 16);
    return this.#wrap(`38;2;${rgb >> 16};${(rgb >> 8) & 255};${rgb & 255}`, '██');
  }

  #wrap(code: string, text: string): string {
    return this.#depth > 1 ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
}

/**
 * Rows of cells as lines of aligned columns.
 * @param alignment `l` or `r` for each column
 */
export function table(rows: readonly (readonly string[])[], alignment: string): string {
  const width = (cell: string) => stripVTControlCharacters(cell).length;
  const widths = Array.from(alignment, (_, column) =>
    Math.max(0, ...rows.map((row) => width(row[column] ?? ''))),
  );
  const lines = rows.map((row) => {
    const cells = widths.map((wanted, column) => {
      const cell = row[column] ?? '';
      const space = ' '.repeat(wanted - width(cell));
      return alignment[column] === 'r' ? space + cell : cell + space;
    });
    // A column without content would leave a double gap.
    return cells
      .filter((_, column) => widths[column] !== 0)
      .join('  ')
      .trimEnd();
  });
  return lines.map((line) => `${line}\n`).join('');
}

/** Names and what stands to the right of them, which may have several lines. */
export function fields(rows: readonly (readonly string[])[], paint: Paint): string {
  const lines = rows.flatMap(([name = '', text = '']) =>
    text.split('\n').map((line, i) => [i === 0 ? paint.dim(name) : '', line]),
  );
  return table(lines, 'll');
}

/** JSON over several lines; maps become objects. */
export function toJson(value: unknown): string {
  return `${JSON.stringify(value, mapsToObjects, 2)}\n`;
}

/** JSON in one line. */
export function toJsonLine(value: unknown): string {
  return `${JSON.stringify(value, mapsToObjects)}\n`;
}

function mapsToObjects(_key: string, value: unknown): unknown {
  return value instanceof Map ? Object.fromEntries(value) : value;
}

/** 8656640 as `8,656,640`. */
export function grouped(count: number): string {
  return count.toLocaleString('en');
}

/** 0.0123 as `1.2 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** 3090944 as `3.1 MB`. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** 1234.5 as `1.23 s`, 12.34 as `12 ms`. */
export function duration(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(2)} s`;
  return `${milliseconds.toFixed(0)} ms`;
}

/** Width × height, as people say it. */
export function sizeText({ width, height }: { width: number; height: number }): string {
  return `${width} × ${height}`;
}
