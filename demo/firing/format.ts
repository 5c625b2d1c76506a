import type { LayerFiring } from '../../src/index.ts';

/** "12.34 %", always with two decimals, so that columns can be compared. */
export function share(part: number): string {
  return `${(part * 100).toFixed(2)}\u00a0%`;
}

/** "1,234,567". */
export function grouped(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** "3.27 M", for axes and lines of text. */
export function compact(value: number): string {
  return value.toLocaleString('en-US', { notation: 'compact', maximumSignificantDigits: 3 });
}

/** "64 channels on 16 × 16". */
export function shape({ channels, height, width, spatial }: LayerFiring): string {
  return spatial
    ? `${channels} channels on ${width}\u00a0×\u00a0${height}`
    : `${channels} channels of ${width} tokens`;
}
