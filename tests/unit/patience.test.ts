import { expect, test } from 'vitest';
import { patiently } from '../../src/gpu/patience.ts';

/** How often the event loop turned while `work` was awaited. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let done = false;
  const count = () => {
    if (done) return;
    turns++;
    setImmediate(count);
  };
  setImmediate(count);
  await work.catch(() => undefined);
  done = true;
  return turns;
}

const later = (ms: number) => new Promise<number>((resolve) => setTimeout(resolve, ms, ms));

test('gives what the work gives', async () => {
  expect(await patiently(Promise.resolve('masks'))).toBe('masks');
  await expect(patiently(Promise.reject(new RangeError('lost')))).rejects.toThrow('lost');
});

test('the event loop turns at most once a millisecond meanwhile, and freely after', async () => {
  const started = performance.now();
  const turns = await turnsDuring(patiently(later(60)));
  expect(turns).toBeGreaterThan(0);
  expect(turns).toBeLessThanOrEqual(performance.now() - started + 5);
  await later(5);
  expect(await turnsDuring(later(60))).toBeGreaterThan(turns);
});

test('waits for several at once at the pace of one, until the last has come', async () => {
  const started = performance.now();
  const turns = await turnsDuring(
    Promise.all([patiently(later(20)), patiently(later(60)), patiently(later(40))]),
  );
  expect(turns).toBeLessThanOrEqual(performance.now() - started + 5);
});
