import type { LayerComparison } from '../engine/compare.ts';
import type { Verification } from '../engine/verdict.ts';
import type { Size } from '../model/shapes.ts';
import { duration, grouped, percent, sizeText, table, type Paint } from './text.ts';

/** What `verify --json` prints. */
export interface VerifyResult extends Verification {
  readonly golden: string;
  readonly size: Size;
  readonly adapter: string;
  readonly literal: boolean;
  readonly unrolled: boolean;
  readonly passed: boolean;
  readonly milliseconds: number;
}

/** A layer in both runs. */
interface Row {
  readonly name: string;
  readonly units: number;
  readonly forced: LayerComparison;
  readonly free: LayerComparison;
}

/** Layers listed unless all are. */
const MOST_LISTED = 10;

/** The result for people: the layers that are worst, in order of execution, then sums and verdict. */
export function describeVerification(result: VerifyResult, paint: Paint, all: boolean): string {
  const { golden, size, adapter, literal, unrolled, faults, milliseconds } = result;
  const order = literal ? "the original's order of products" : 're-associated products';
  const spikes = unrolled ? ', in virtual timesteps' : '';
  const verdict =
    faults.length === 0
      ? `${paint.good('PASSED')} in ${duration(milliseconds)}\n`
      : `${faults.map((fault) => `- ${fault}\n`).join('')}${paint.bad('FAILED')} in ${duration(milliseconds)}\n`;
  return (
    `${paint.bold(golden)}  ${sizeText(size)}, ${order}${spikes}\n${adapter}\n\n` +
    `${layerTable(result, paint, all)}${table(summary(result), 'll')}\n${verdict}`
  );
}

function layerTable(
  { teacherForced, freeRunning }: VerifyResult,
  paint: Paint,
  all: boolean,
): string {
  const free = new Map(freeRunning.map((layer) => [layer.name, layer]));
  const rows = teacherForced.flatMap((forced): Row[] => {
    const layer = free.get(forced.name);
    return layer ? [{ name: forced.name, units: forced.units, forced, free: layer }] : [];
  });
  if (rows.length === 0) return '';
  const worst = rows.toSorted((a, b) => badness(b) - badness(a));
  const listed = new Set(all ? rows : worst.slice(0, MOST_LISTED));
  const cells = rows
    .filter((row) => listed.has(row))
    .map(({ name, units, forced, free }) => [
      forced.flips + free.flips > 0 ? paint.bad(name) : name,
      grouped(units),
      flips(forced),
      forced.error ? digits(forced.error.max) : '',
      forced.error ? digits(forced.error.allowed) : '',
      flips(free),
    ]);
  const head = ['layer', 'units', 'flips', 'error', 'allowed', 'free-running flips'];
  const rest = rows.length - listed.size;
  const more = rest > 0 ? paint.dim(`… ${rest} more layers, none worse: --all lists them\n`) : '';
  return `${table([head.map(paint.dim), ...cells], 'lrrrrr')}${more}\n`;
}

/** Flips count most, then the error of the potential. */
function badness({ forced, free }: Row): number {
  const error = forced.error ? forced.error.max / forced.error.allowed : 0;
  return forced.flips + free.flips + (Number.isNaN(error) ? Infinity : Math.min(error, 1));
}

function summary(result: VerifyResult): string[][] {
  const { teacherForced, freeRunning, untraced, firing, outputs, labels } = result;
  const rows: string[][] = [];
  if (teacherForced.length > 0) {
    const errors = teacherForced.flatMap(({ error }) => (error ? [error.max / error.allowed] : []));
    const potentials =
      errors.length > 0
        ? `; potentials of ${errors.length} layers err by ${percent(Math.max(...errors))} of what is allowed at most`
        : '';
    rows.push(['teacher-forced', sum(teacherForced) + potentials]);
    const reason = untraced.length > 0 ? `; without a reason in ${untraced.length} layers` : '';
    rows.push(['free-running', sum(freeRunning) + reason]);
  }
  if (firing.length > 0) {
    const error = Math.max(...firing.map((layer) => layer.error));
    rows.push(['firing', `statistics of ${firing.length} layers err by ${digits(error)} at most`]);
  }
  for (const { name, max, allowed } of outputs) {
    rows.push([name, `err by ${digits(max)}, allowed ${digits(allowed)}`]);
  }
  if (labels) {
    const { pixels, different, excused } = labels;
    const ties = different > 0 ? `, ${grouped(excused)} of the others at equal scores` : '';
    rows.push(['labels', `${grouped(pixels - different)} of ${grouped(pixels)} equal${ties}`]);
  }
  return rows;
}

function sum(layers: readonly LayerComparison[]): string {
  const total = (value: (layer: LayerComparison) => number) =>
    layers.reduce((count, layer) => count + value(layer), 0);
  const units = grouped(total((layer) => layer.units));
  const flipped = total((layer) => layer.flips);
  const excused = total((layer) => layer.excused);
  const ties = flipped > 0 ? `, ${grouped(excused)} of them near-ties` : '';
  return `${grouped(flipped)} of ${units} units in ${layers.length} layers flipped${ties}`;
}

function flips({ flips, excused }: LayerComparison): string {
  return excused > 0 ? `${flips} (${excused} near-ties)` : flips.toString();
}

function digits(value: number): string {
  return value.toExponential(1);
}
