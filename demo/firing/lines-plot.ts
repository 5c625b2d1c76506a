import { share } from './format.ts';
import type { Sheet } from './plot.ts';
import { niceCeil } from './scales.ts';

export interface Line {
  readonly label: string;
  /** From the oldest to the latest. */
  readonly values: readonly number[];
  /** undefined: that of the text, and a thicker line. */
  readonly color: string | undefined;
}

const TOP = 8;
const BOTTOM = 8;
const LINE_HEIGHT = 14;

/** Results that the plot has room for at least: a few are not stretched. */
const LEAST = 12;

/** Lines over results, the latest at the right, where each has its name. */
export function paintLines(sheet: Sheet, lines: readonly Line[]): void {
  const { context, width, height, theme } = sheet;
  const names = Math.min(190, width * 0.36);
  const right = width - names;
  const base = height - BOTTOM;
  const top = niceCeil(Math.max(...lines.flatMap(({ values }) => values)));
  const y = (value: number) => base - (value / top) * (base - TOP);

  context.strokeStyle = theme.line;
  context.fillStyle = theme.muted;
  context.textAlign = 'left';
  for (const part of [0, 0.5, 1]) {
    const at = Math.round(y(part * top)) + 0.5;
    context.beginPath();
    context.moveTo(0, at);
    context.lineTo(right, at);
    context.stroke();
    if (part > 0) context.fillText(share(part * top), 2, at + 9);
  }
  const count = Math.max(LEAST, ...lines.map(({ values }) => values.length));
  const step = right / (count - 1);
  for (const { values, color } of lines) {
    context.strokeStyle = context.fillStyle = color ?? theme.ink;
    context.lineWidth = color === undefined ? 3 : 1.8;
    context.beginPath();
    values.forEach((value, i) => context.lineTo(right - (values.length - 1 - i) * step, y(value)));
    context.stroke();
    context.beginPath();
    context.arc(right, y(values.at(-1) ?? 0), color === undefined ? 4 : 3, 0, 2 * Math.PI);
    context.fill();
  }
  context.lineWidth = 1;
  const last = lines.map(({ values }) => y(values.at(-1) ?? 0));
  spread(last, LINE_HEIGHT, TOP, base).forEach((at, i) => {
    const line = lines[i];
    if (line === undefined) return;
    context.fillStyle = line.color ?? theme.ink;
    context.fillText(shortened(sheet, line.label, names - 10), right + 10, at);
  });
}

/** Moves heights apart so that lines of text fit, and keeps their order. */
export function spread(
  heights: readonly number[],
  gap: number,
  top: number,
  bottom: number,
): readonly number[] {
  const order = [...heights.keys()].sort((a, b) => (heights[a] ?? 0) - (heights[b] ?? 0));
  const placed = [...heights];
  let least = top;
  for (const i of order) {
    placed[i] = Math.max(placed[i] ?? 0, least);
    least = (placed[i] ?? 0) + gap;
  }
  let most = bottom;
  for (const i of order.reverse()) {
    placed[i] = Math.min(placed[i] ?? 0, most);
    most = (placed[i] ?? 0) - gap;
  }
  return placed;
}

/** The end of a text that fits: whole words, or else letters. */
function shortened({ context }: Sheet, text: string, room: number): string {
  const words = text.split(' ');
  const ends = [
    ...words.map((_, from) => words.slice(from).join(' ')),
    ...Array.from(text, (_, from) => `…${text.slice(from + 1)}`),
  ];
  return ends.find((end) => context.measureText(end).width <= room) ?? '';
}
