import { describe, expect, test } from 'vitest';
import { explainCamera } from '../../demo/live/camera.ts';
import { Meter } from '../../demo/live/meter.ts';
import { NewestFirst } from '../../demo/live/scheduler.ts';

/** Work that takes until `finish` is called; what became of each frame, in order. */
function bench() {
  const log: string[] = [];
  const finishing: (() => void)[] = [];
  const frames = new NewestFirst<ReturnType<typeof frame>>(({ name }) => {
    log.push(`begin ${name}`);
    return new Promise((resolve) => finishing.push(resolve));
  });
  const frame = (name: string) => ({ name, close: () => void log.push(`close ${name}`) });
  return {
    log,
    frames,
    offer: (...names: string[]) => {
      for (const name of names) frames.offer(frame(name));
    },
    finish: async () => {
      finishing.shift()?.();
      await new Promise(setImmediate);
    },
  };
}

describe('newest frame first', () => {
  test('one at a time; of those that came meanwhile only the newest', async () => {
    const { log, offer, finish } = bench();
    offer('a', 'b', 'c', 'd');
    expect(log).toEqual(['begin a', 'close b', 'close c']);
    await finish();
    expect(log.slice(3)).toEqual(['close a', 'begin d']);
    await finish();
    expect(log.slice(5)).toEqual(['close d']);
    offer('e');
    expect(log.slice(6)).toEqual(['begin e']);
  });

  test('while paused nothing begins, and the newest that came begins first', async () => {
    const { log, frames, offer, finish } = bench();
    offer('a', 'b');
    frames.pause();
    await finish();
    expect(log).toEqual(['begin a', 'close a']);
    offer('c');
    expect(log.slice(2)).toEqual(['close b']);
    frames.resume();
    expect(log.slice(3)).toEqual(['begin c']);
    await finish();
    frames.resume();
    expect(log.slice(4)).toEqual(['close c']);
  });

  test('forgets what waits, and finishes what runs', async () => {
    const { log, frames, offer, finish } = bench();
    offer('a', 'b');
    frames.clear();
    frames.clear();
    await finish();
    expect(log).toEqual(['begin a', 'close b', 'close a']);
  });
});

describe('the pace', () => {
  test('is known from the second frame on, without the first one’s latency', () => {
    const meter = new Meter();
    expect(meter.pace).toBeUndefined();
    meter.add(0, 900);
    expect(meter.pace).toBeUndefined();
    meter.add(910, 1000);
    expect(meter.pace).toEqual({ rate: 10, latency: 90 });
    meter.add(1090, 1400);
    expect(meter.pace).toEqual({ rate: 4, latency: 200 });
    meter.reset();
    expect(meter.pace).toBeUndefined();
  });

  test('is that of the last ten frames', () => {
    const meter = new Meter();
    for (let i = 0; i < 20; i++) meter.add(1000 * i, 1000 * i + 500);
    for (let i = 0; i < 11; i++) meter.add(20_000 + 50 * i, 20_000 + 50 * i + 40);
    expect(meter.pace).toEqual({ rate: 20, latency: 40 });
  });
});

test('every reason for having no camera is told in words', () => {
  const says = (name: string) => explainCamera(new DOMException('internal words', name));
  expect(says('NotAllowedError')).toMatch(/^The camera was not allowed\. Allow it/);
  expect(says('NotFoundError')).toMatch(/^No camera was found\. Plug one in/);
  expect(says('NotReadableError')).toMatch(/Another program may be using it/);
  expect(says('OverconstrainedError')).toMatch(/not there any more. Press Camera/);
  expect(says('SecurityError')).toMatch(/https:/);
  expect(explainCamera(new TypeError('odd'))).toContain('TypeError: odd');
});
