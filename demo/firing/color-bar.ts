import { percent } from '../format.ts';
import type { Sheet } from './plot.ts';
import { color } from './scales.ts';

/** Height that the bar and its labels take. */
export const COLOR_BAR_ROOM = 26;
const LENGTH = 140;

/** Paints what the colours mean, at the bottom right of a sheet. */
export function paintColorBar({ context, width, height, theme }: Sheet, most: number): void {
  const right = percent(most);
  context.fillStyle = theme.muted;
  context.textAlign = 'right';
  context.fillText(right, width, height - 8);
  const end = width - context.measureText(right).width - 6;
  const start = end - Math.min(LENGTH, end / 2);
  context.fillText('0', start - 6, height - 8);
  for (let x = start; x < end; x++) {
    context.fillStyle = color(x - start, end - start);
    context.fillRect(x, height - 13, 1.5, 9);
  }
}
