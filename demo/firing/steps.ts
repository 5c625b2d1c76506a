/** Where a key leads from one of `count` things, `columns` in a row; undefined if nowhere. */
export function stepped(
  key: string,
  from: number | undefined,
  count: number,
  columns?: number,
): number | undefined {
  // In a grid, down is the next row; on a line, up is more, as on any slider.
  const steps: Readonly<Record<string, number>> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: columns ?? -1,
    ArrowUp: -(columns ?? -1),
    PageDown: 10 * (columns ?? -1),
    PageUp: -10 * (columns ?? -1),
    Home: -count,
    End: count,
  };
  const step = steps[key];
  if (step === undefined || count === 0) return undefined;
  if (from === undefined) return key === 'End' ? count - 1 : 0;
  const to = from + step;
  if (columns !== undefined && Math.abs(step) === columns && (to < 0 || to >= count)) return from;
  return Math.min(Math.max(to, 0), count - 1);
}
