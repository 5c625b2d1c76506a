import type { OperationProfile } from '../../src/index.ts';
import { grouped, share } from './format.ts';
import type { Table } from './table.ts';

type Profile = readonly OperationProfile[];

/** The longest first; of those that took as long, in order of execution. */
export function slowestFirst(profile: Profile): Profile {
  return profile.toSorted((a, b) => b.milliseconds - a.milliseconds);
}

/** Milliseconds of all operations together. */
export function timeOf(profile: Profile): number {
  return profile.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
}

/** The slowest operation first, and all of them together. */
export function timeTable(profile: Profile): Table {
  const all = timeOf(profile);
  const sum = (value: (op: OperationProfile) => number) =>
    profile.reduce((total, op) => total + value(op), 0);
  const line = (
    name: string,
    kind: string,
    { milliseconds, effective, dense, bytes }: Timed,
  ): readonly string[] => [
    name,
    kind,
    milliseconds.toFixed(3),
    all > 0 ? share(milliseconds / all) : '–',
    rate(effective),
    rate(dense),
    grouped(bytes / 1024),
  ];
  const gflops = (operations: number) => (all > 0 ? (2 * operations) / all / 1e6 : undefined);
  return {
    columns: ['Operation', 'Kind', 'ms', 'Share', 'GFLOP/s', 'GFLOP/s as dense', 'KiB'],
    rows: slowestFirst(profile).map((op) => line(op.name, op.kind, op)),
    sums: [
      line('Sum', `${profile.length} operations`, {
        milliseconds: all,
        effective: gflops(sum(({ operations }) => operations)),
        dense: gflops(sum(({ denseMacs }) => denseMacs)),
        bytes: sum(({ bytes }) => bytes),
      }),
    ],
  };
}

/** What the time of an operation, or of all, is told with. */
interface Timed {
  readonly milliseconds: number;
  readonly effective?: number | undefined;
  readonly dense?: number | undefined;
  readonly bytes: number;
}

const COLUMNS = [
  'name',
  'kind',
  'milliseconds',
  'operations',
  'denseMacs',
  'effective',
  'dense',
  'bytes',
  'spikes',
] as const satisfies readonly (keyof OperationProfile)[];

/** Operations as CSV, in order of execution: names have no commas, and what is not known is empty. */
export function timesCsv(profile: Profile): string {
  const rows = profile.map((op) => COLUMNS.map((column) => op[column] ?? ''));
  return [COLUMNS, ...rows].map((cells) => `${cells.join(',')}\n`).join('');
}

/** Of no time, and of operations that neither add nor multiply, there is none. */
function rate(gflops: number | undefined): string {
  return gflops === undefined || gflops === 0 ? '–' : gflops.toFixed(2);
}
