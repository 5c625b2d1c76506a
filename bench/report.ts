import { cpus, totalmem } from 'node:os';
import { bundleSizes } from '../scripts/bundle-sizes.js';
import type { OperationProfile } from '../src/model/profile.ts';
import type { PeerName } from './peers.ts';
import type { CurvePoint } from './spike-curve.ts';

export interface Timing {
  readonly warm_ms?: number;
  readonly warm_best_ms?: number;
  readonly cold_ms?: number;
  /** From the same start until later runs are as fast as they get. */
  readonly settled_ms?: number;
}

/** What `--json` writes. */
export interface Report {
  readonly machine: string;
  readonly adapter: string;
  readonly ours: Timing & { readonly dispatches: number; readonly planned_bytes: number };
  readonly peers: Partial<Record<PeerName, Timing>>;
  /** Ours by theirs, e.g. `warm/ort-wasm`. */
  readonly ratios: Readonly<Record<string, number>>;
  /** Spikes clustered as in trained networks. */
  readonly spike_curve: readonly CurvePoint[];
  readonly spike_curve_random: readonly CurvePoint[];
  /** Null if the library is not built. */
  readonly bundle_gzip_bytes: number | null;
  readonly profile?: readonly OperationProfile[];
}

export function describeMachine(): string {
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const model = cpu?.model.trim() ?? process.arch;
  return [`${model} × ${cpus().length}`, memory, process.platform, `Node ${process.version}`].join(
    ', ',
  );
}

/** Null if the library is not built. */
export function bundleBytes(): number | null {
  try {
    return bundleSizes().reduce((sum, [, bytes]) => sum + bytes, 0);
  } catch {
    return null;
  }
}

export function ratios(ours: Timing, peers: Report['peers']): Record<string, number> {
  const pairs = Object.entries(peers).flatMap(([name, peer]) =>
    (['warm', 'cold'] as const).map((phase): [string, number] => {
      const key = `${phase}_ms` as const;
      return [`${phase}/${name}`, (ours[key] ?? NaN) / (peer[key] ?? NaN)];
    }),
  );
  return Object.fromEntries(pairs.filter(([, ratio]) => Number.isFinite(ratio)));
}

/** The report as lines for a terminal. */
export function table(report: Report): string {
  const { machine, adapter, ours, peers } = report;
  const head = row('', 'warm ms', 'best ms', 'cold ms', 'warm ratio', 'cold ratio');
  const timed = (name: string, { warm_ms, warm_best_ms, cold_ms }: Timing) => {
    const ratio = (phase: string) => digits(report.ratios[`${phase}/${name}`], 3);
    const times = [warm_ms, warm_best_ms, cold_ms].map((ms) => digits(ms));
    return row(name, ...times, ratio('warm'), ratio('cold'));
  };
  const bundle = report.bundle_gzip_bytes;
  return [
    machine,
    adapter,
    '',
    head,
    timed('spikeseg', ours),
    ...Object.entries(peers).map(([name, peer]) => timed(name, peer)),
    '',
    `all kernels fast after ${digits(ours.settled_ms)} ms`,
    `${ours.dispatches} dispatches, ${digits(ours.planned_bytes / 2 ** 20)} MiB planned on the GPU`,
    bundle === null ? 'not built: npm run build' : `${digits(bundle / 1024)} KiB of bundles, gzip`,
    '',
    ...curveLines('clustered spikes', report.spike_curve),
    '',
    ...curveLines('random spikes', report.spike_curve_random),
    ...(report.profile ? ['', ...profileLines(report.profile)] : []),
  ].join('\n');
}

function curveLines(name: string, curve: readonly CurvePoint[]): string[] {
  const full = curve.at(-1)?.ms ?? NaN;
  const percent = (part: number) => `${Math.round(100 * part)} %`;
  return [
    row(name, 'words', 'ms', 'of full'),
    ...curve.map(({ rate, words, ms }) =>
      row(percent(rate), percent(words), digits(ms, 3), digits(ms / full, 2)),
    ),
  ];
}

function profileLines(ops: readonly OperationProfile[]): string[] {
  const total = ops.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return [
    row(`${digits(total)} ms in all`, 'ms', 'GFLOP/s', 'as dense', 'KiB'),
    ...ops.map(({ kind, name, milliseconds, effective, dense, bytes }) => {
      const cells = [
        digits(milliseconds, 3),
        digits(effective),
        digits(dense),
        digits(bytes / 1024),
      ];
      return `${row('', ...cells)}  ${kind} ${name}`;
    }),
  ];
}

function row(name: string, ...cells: readonly string[]): string {
  return name.padEnd(18) + cells.map((cell) => cell.padStart(12)).join('');
}

function digits(value: number | undefined, fraction = 1): string {
  return value === undefined || Number.isNaN(value) ? '–' : value.toFixed(fraction);
}
