const MAX_LENGTH = 160;

/** A name or text out of a file, quoted and cut short enough for a message. */
export function quoted(text: string): string {
  const shown = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  return JSON.stringify(shown);
}

/** A shape as people write it, e.g. `[64, 32, 3, 3]`; `[]` for a scalar. */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}
