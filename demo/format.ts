import type { Segmentation } from '../src/index.ts';

/** "12 %", "3.4 %", "< 0.1 %", with spaces that do not break. */
export function percent(share: number): string {
  if (share === 0) return '0\u00a0%';
  if (share < 0.001) return '<\u00a00.1\u00a0%';
  return `${(share * 100).toFixed(share < 0.0995 ? 1 : 0)}\u00a0%`;
}

/** Milliseconds as "8.2 ms", "312 ms" or "4.1 s". */
export function duration(milliseconds: number): string {
  if (milliseconds < 10) return `${milliseconds.toFixed(1)}\u00a0ms`;
  if (milliseconds < 1000) return `${Math.round(milliseconds)}\u00a0ms`;
  return `${(milliseconds / 1000).toFixed(1)}\u00a0s`;
}

/** Bytes as "3.1 MB", in powers of ten as browsers show downloads. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)}\u00a0MB`;
}

/** "1.4 M". */
export function millions(value: number): string {
  return `${(value / 1e6).toFixed(1)}\u00a0M`;
}

/** "3 classes in 312 ms: background 71 %, clothes 22 %, hair 7 %." */
export function summary({ classes, timings }: Segmentation): string {
  const found = classes.filter(({ pixels }) => pixels > 0).sort((a, b) => b.pixels - a.pixels);
  const areas = found.map(({ name, share }) => `${name} ${percent(share)}`).join(', ');
  const noun = found.length === 1 ? 'class' : 'classes';
  return `${found.length} ${noun} in ${duration(timings.total)}: ${areas}.`;
}
