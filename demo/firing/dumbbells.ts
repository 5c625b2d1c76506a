import { layerGroups } from '../../src/index.ts';
import { share } from './format.ts';
import type { Pair } from './pairs.ts';
import type { Sheet } from './plot.ts';
import { niceCeil, stageColor } from './scales.ts';

const TOP = 12;
const BOTTOM = 8;

/** Of every pair, from left to right, a line between a ring (the rate on A) and a dot (on B). */
export function paintDumbbells(
  { context, width, height, theme }: Sheet,
  pairs: readonly Pair[],
  selected: number | undefined,
): void {
  const most = niceCeil(Math.max(...pairs.flatMap(({ a, b }) => [a.rate, b.rate])));
  const step = width / pairs.length;
  const base = height - BOTTOM;
  const y = (rate: number) => base - (rate / most) * (base - TOP);
  const radius = Math.min(4.5, Math.max(2, step * 0.36));

  if (selected !== undefined) {
    context.fillStyle = theme.accent;
    context.globalAlpha = 0.16;
    context.fillRect(selected * step, 0, step, height);
    context.globalAlpha = 1;
  }
  context.strokeStyle = theme.line;
  context.fillStyle = theme.muted;
  context.textAlign = 'left';
  for (const part of [0, 0.5, 1]) {
    const at = Math.round(y(part * most)) + 0.5;
    context.beginPath();
    context.moveTo(0, at);
    context.lineTo(width, at);
    context.stroke();
    if (part > 0) context.fillText(share(part * most), 4, at + 9);
  }
  pairs.forEach(({ a, b }, position) => {
    const x = (position + 0.5) * step;
    const color = stageColor(layerGroups.indexOf(b.group));
    context.strokeStyle = color;
    context.fillStyle = color;
    context.lineWidth = 2;
    context.beginPath();
    context.moveTo(x, y(a.rate));
    context.lineTo(x, y(b.rate));
    context.stroke();
    context.beginPath();
    context.arc(x, y(b.rate), radius, 0, 2 * Math.PI);
    context.fill();
    context.beginPath();
    context.arc(x, y(a.rate), radius, 0, 2 * Math.PI);
    context.fillStyle = theme.card;
    context.fill();
    context.lineWidth = 1.5;
    context.stroke();
  });
  context.lineWidth = 1;
}
