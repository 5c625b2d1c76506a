import type { MembraneTrace } from '../engine/classifier.ts';

/** A neuron of a trace. */
export interface TracedUnit {
  /** In the order of the original's tensor. */
  readonly unit: number;
  /** Before each reset, [T]. */
  readonly potentials: readonly number[];
  readonly fired: readonly boolean[];
}

/** Neurons that are drawn. */
const MOST = 12;

/**
 * Up to `most` neurons of a layer: from the busiest to the most silent, at even steps through all of
 * them ordered by their spikes.
 */
export function sampleTrace(
  { potentials, spikes }: MembraneTrace,
  most = MOST,
): readonly TracedUnit[] {
  const units = [...(potentials[0]?.keys() ?? [])];
  const total = units.map((unit) => spikes.reduce((sum, step) => sum + (step[unit] ?? 0), 0));
  const ranked = units.toSorted((a, b) => (total[b] ?? 0) - (total[a] ?? 0));
  const count = Math.min(most, ranked.length);
  return Array.from({ length: count }, (_, i) => {
    const unit = ranked[Math.round((i * (ranked.length - 1)) / Math.max(1, count - 1))] ?? 0;
    return {
      unit,
      potentials: potentials.map((step) => step[unit] ?? NaN),
      fired: spikes.map((step) => step[unit] === 1),
    };
  });
}

/** The whole trace as CSV: unit, timestep, membrane potential before the reset, spike. */
export function traceCsv({ potentials, spikes }: MembraneTrace): string {
  const lines = [...(potentials[0]?.keys() ?? [])].flatMap((unit) =>
    potentials.map((step, t) => `${unit},${t + 1},${step[unit]},${spikes[t]?.[unit]}\n`),
  );
  return `unit,timestep,potential,spike\n${lines.join('')}`;
}

const COLUMNS = 4;
const PANEL = { width: 220, height: 132 };
const PLOT = { left: 34, top: 24, width: 172, height: 82 };
const HEAD = 46;

/** Some neurons of a trace as an SVG: their potentials over time, the threshold, and their spikes. */
export function traceSvg(trace: MembraneTrace): string {
  const units = sampleTrace(trace);
  const rows = Math.ceil(units.length / COLUMNS);
  const [width, height] = [COLUMNS * PANEL.width, HEAD + rows * PANEL.height + 8];
  const { name, threshold } = trace;
  const values = [0, threshold, ...units.flatMap(({ potentials }) => potentials)];
  const range = { low: Math.min(...values), high: Math.max(...values) };
  const panels = units.map((unit, i) => {
    const [x, y] = [(i % COLUMNS) * PANEL.width, HEAD + Math.floor(i / COLUMNS) * PANEL.height];
    return `<g transform="translate(${x} ${y})">\n${panel(unit, threshold, range)}</g>\n`;
  });
  const about = `${units.length} of ${trace.potentials[0]?.length ?? 0} neurons, from the busiest to the most silent; dashed: threshold ${threshold}; dots: spikes, after which the potential is 0`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `role="img" font-family="system-ui, sans-serif" font-size="11">\n` +
    `<title>Membrane potentials of ${name}</title>\n<rect width="100%" height="100%" fill="#fff"/>\n` +
    `<text x="10" y="20" font-size="15" font-weight="600">${name}</text>\n` +
    `<text x="10" y="37" fill="#555">${about}</text>\n${panels.join('')}</svg>\n`
  );
}

interface Range {
  readonly low: number;
  readonly high: number;
}

function panel({ unit, potentials, fired }: TracedUnit, threshold: number, range: Range): string {
  const { left, top, width, height } = PLOT;
  const x = (t: number) => round(left + (t / potentials.length) * width);
  const y = (value: number) =>
    round(top + ((range.high - value) / (range.high - range.low)) * height);
  // A spike resets the potential at once: the next timestep starts from 0.
  const points = potentials.flatMap((h, i) => [
    `${x(i + 1)},${y(h)}`,
    ...(fired[i] === true ? [`${x(i + 1)},${y(0)}`] : []),
  ]);
  const line = (value: number, style: string) =>
    `<line x1="${left}" x2="${left + width}" y1="${y(value)}" y2="${y(value)}" ${style}/>\n`;
  const label = (value: number) =>
    `<text x="${left - 5}" y="${y(value) + 4}" text-anchor="end" fill="#555">${value}</text>\n`;
  const steps = potentials.map(
    (_, i) =>
      `<text x="${x(i + 1)}" y="${top + height + 15}" text-anchor="middle" fill="#555">${i + 1}</text>\n`,
  );
  const dots = potentials.flatMap((h, i) =>
    fired[i] === true ? [`<circle cx="${x(i + 1)}" cy="${y(h)}" r="3.5" fill="#c26a00"/>\n`] : [],
  );
  return (
    `<text x="${left}" y="${top - 9}">unit ${unit}, ${dots.length} of ${potentials.length}</text>\n` +
    line(0, 'stroke="#bbb"') +
    line(threshold, 'stroke="#a3243b" stroke-dasharray="4 3"') +
    `${label(0)}${label(threshold)}${steps.join('')}` +
    `<polyline points="${x(0)},${y(0)} ${points.join(' ')}" fill="none" stroke="#0f7fc2" stroke-width="1.8"/>\n` +
    dots.join('')
  );
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
