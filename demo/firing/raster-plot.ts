import type { Sheet } from './plot.ts';

export interface RasterView {
  /** Spike counts of the neurons, from top to bottom. */
  readonly counts: readonly number[];
  /** The marked row. */
  readonly selected: number | undefined;
  /** Part of all units that fire in each virtual timestep. */
  readonly active: readonly number[];
  readonly color: string;
}

const LABELS = 22;
const BARS = 54;
const TOP = 2;

/** Height of one neuron's row. */
function rowHeight(height: number, rows: number): number {
  return (height - TOP - BARS - LABELS) / rows;
}

/** The row at a height of the plot. */
export function rowAt(y: number, height: number, rows: number): number | undefined {
  const row = Math.floor((y - TOP) / rowHeight(height, rows));
  return row >= 0 && row < rows ? row : undefined;
}

/** A row for each neuron, a column for each timestep, a tick for each spike; below, all units together. */
export function paintRaster(sheet: Sheet, view: RasterView): void {
  const { context, width, height, theme } = sheet;
  const { counts, selected, active, color } = view;
  const columns = active.length;
  const step = width / columns;
  const row = rowHeight(height, counts.length);
  const bottom = TOP + row * counts.length;

  if (selected !== undefined) {
    context.fillStyle = theme.accent;
    context.globalAlpha = 0.22;
    context.fillRect(0, TOP + selected * row - 1, width, row + 2);
    context.globalAlpha = 1;
  }
  context.fillStyle = color;
  const tick = Math.max(1, row * 0.72);
  counts.forEach((count, i) => {
    const y = TOP + i * row + (row - tick) / 2;
    for (let k = 0; k < count; k++) context.fillRect(k * step + step * 0.08, y, step * 0.84, tick);
  });

  context.strokeStyle = theme.line;
  context.beginPath();
  for (let k = 1; k < columns; k++) {
    const x = Math.round(k * step) + 0.5;
    context.moveTo(x, 0);
    context.lineTo(x, height - LABELS);
  }
  context.moveTo(0, Math.round(bottom) + 0.5);
  context.lineTo(width, Math.round(bottom) + 0.5);
  context.stroke();
  paintActive(sheet, view, bottom);
}

function paintActive(sheet: Sheet, { active, color }: RasterView, top: number): void {
  const { context, width, height, theme } = sheet;
  const step = width / active.length;
  const base = height - LABELS;
  const room = base - top - 18;
  const most = Math.max(...active, Number.MIN_VALUE);
  context.textAlign = 'center';
  active.forEach((part, k) => {
    const bar = (part / most) * room;
    context.fillStyle = color;
    context.fillRect(k * step + step * 0.08, base - bar, step * 0.84, bar);
    context.fillStyle = theme.ink;
    if (step > 44) {
      context.fillText(`${(part * 100).toFixed(1)} %`, (k + 0.5) * step, base - bar - 8);
    }
    context.fillStyle = theme.muted;
    const label = step > 60 ? `step ${k + 1}` : String(k + 1);
    context.fillText(label, (k + 0.5) * step, height - LABELS / 2 + 1);
  });
}
