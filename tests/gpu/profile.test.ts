import { afterEach, describe, expect, test, vi } from 'vitest';
import { bundledModel } from '../../src/bundled.ts';
import { Engine } from '../../src/engine/engine.ts';
import { openDevice } from '../../src/gpu/device.ts';
import { Segmenter } from '../../src/index.ts';
import { accesses } from '../../src/model/dataflow.ts';
import { fit } from '../../src/model/fit.ts';
import { tensorBytes } from '../../src/model/graph.ts';
import { pairAt, runsOf } from '../../src/model/join.ts';
import { buildNetwork } from '../../src/model/spike2former/network.ts';
import { openDawn } from '../../src/node/dawn.ts';
import { loadModel, locate } from '../../src/worker/loader.ts';
import { random } from '../support/random.ts';

function picture(width: number, height: number) {
  const next = random(width * height);
  const data = Uint8ClampedArray.from({ length: 4 * width * height }, () => 256 * next());
  return { kind: 'pixels', width, height, data } as const;
}

async function createEngine() {
  const { manifest, weights } = await loadModel(locate(bundledModel()), {});
  const open = await openDevice(await openDawn());
  expect(open.device.features.has('timestamp-query')).toBe(true);
  const querySets = vi.spyOn(open.device, 'createQuerySet');
  return { manifest, querySets, engine: await Engine.create(open, manifest, weights) };
}

function total<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}

afterEach(() => vi.restoreAllMocks());

describe('a profile', () => {
  test('tells of every dispatch its time, work and traffic, and changes no label', async () => {
    const { manifest, engine } = await createEngine();
    const source = picture(80, 64);
    const plain = await engine.segment(source, { statistics: {} });
    expect(plain.profile).toBeUndefined();
    const { labels, statistics, profile = [] } = await engine.segment(source, { profile: true });
    expect(labels).toEqual(plain.labels);
    expect(statistics).toBeUndefined();

    const { ops } = buildNetwork(manifest.config, fit(manifest.preprocessing, source).input);
    const timed = runsOf(ops)
      .map(([from, to]) => ({
        run: ops.slice(from, to),
        kind: pairAt(ops, from)?.kind ?? ops[from]?.kind,
      }))
      .filter(({ kind }) => kind !== 'copy');
    expect(profile).toHaveLength(timed.length);
    for (const [i, { run, kind }] of timed.entries()) {
      const tensors = run.flatMap((op) => [...accesses(op).reads, ...accesses(op).writes]);
      const spread = run.flatMap((op) => (op.kind === 'dense-depthwise' ? [op.output] : []));
      // A separable layer has no map between its steps, and an MLP reads what it hides where it wrote it.
      const touched = run.length > 1 ? [...new Set(tensors)] : tensors;
      const bytes = total(touched, tensorBytes) - total(spread, tensorBytes);
      const name = run.map(({ label }) => label).join(' + ');
      expect(profile[i]).toMatchObject({ kind, name, bytes });
    }
    for (const { milliseconds, operations, denseMacs, effective, dense, name } of profile) {
      expect(milliseconds, name).toBeGreaterThanOrEqual(0);
      expect(milliseconds, name).toBeLessThan(60_000);
      const rate = (work: number) => (milliseconds > 0 ? work / milliseconds / 5e5 : undefined);
      if (milliseconds === 0) expect([effective, dense]).toEqual([undefined, undefined]);
      else {
        expect(effective, name).toBeCloseTo(rate(operations) ?? NaN, 6);
        expect(dense, name).toBeCloseTo(rate(denseMacs) ?? NaN, 6);
      }
    }
    expect(total(profile, ({ milliseconds }) => milliseconds)).toBeGreaterThan(0);
    const { engine: totals } = plain.statistics?.totals ?? {};
    expect(total(profile, ({ operations }) => operations)).toBe(
      (totals?.accumulates ?? NaN) + (totals?.macs ?? NaN),
    );
    expect(total(profile, ({ denseMacs }) => denseMacs)).toBe(totals?.denseMacs);
    const fired = plain.statistics?.layers.filter(({ sharedWith }) => sharedWith === undefined);
    expect(total(profile, ({ spikes }) => spikes)).toBe(total(fired ?? [], (l) => l.spikes));
    await engine.dispose();
  });

  test('comes with the statistics that are asked for, of a run that stops early too', async () => {
    const { engine } = await createEngine();
    const source = picture(48, 40);
    const { statistics: alone } = await engine.segment(source, { timestep: 1, statistics: {} });
    const { statistics, profile = [] } = await engine.segment(source, {
      timestep: 1,
      statistics: { maps: true },
      profile: true,
    });
    expect(statistics?.totals).toEqual(alone?.totals);
    expect(statistics?.layers[0]?.map).toBeDefined();
    const { accumulates = NaN, macs = NaN } = alone?.totals.engine ?? {};
    expect(total(profile, ({ operations }) => operations)).toBe(accumulates + macs);
    await engine.dispose();
  });

  test('allocates once for a size, and leaves nothing behind', async () => {
    const { engine, querySets } = await createEngine();
    const source = picture(48, 40);
    await engine.segment(source, { statistics: {} });
    await expect.poll(() => engine.statistics().plain, { timeout: 120_000 }).toBe(0);
    const { buffers } = engine.memory();
    await engine.segment(source, { profile: true });
    const profiled = engine.memory();
    expect(profiled.buffers).toBe(buffers + 2);
    await engine.segment(source, { profile: true });
    expect(engine.memory()).toEqual(profiled);
    expect(querySets).toHaveBeenCalledTimes(1);
    const [made] = querySets.mock.results;
    if (made?.type !== 'return') throw new TypeError('no query set was made');
    const destroyed = vi.spyOn(made.value, 'destroy');
    await engine.dispose();
    expect(destroyed).toHaveBeenCalled();
    expect(engine.memory()).toEqual({ buffers: 0, bytes: 0 });
  });

  test('does not outlast an abort, after which the next one is whole', async () => {
    const { engine } = await createEngine();
    const source = picture(48, 40);
    const controller = new AbortController();
    const running = engine.segment(source, { profile: true, signal: controller.signal });
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: 'aborted' });
    const { profile = [] } = await engine.segment(source, { profile: true });
    expect(profile.length).toBeGreaterThan(100);
    await engine.dispose();
  });
});

describe('a segmenter whose device has no timestamps', () => {
  test('says so, refuses a profile, and goes on', async () => {
    const gpu = await openDawn();
    const adapter = await gpu.requestAdapter();
    if (!adapter) throw new TypeError('no WebGPU adapter');
    const offered = new Set([...adapter.features].filter((name) => name !== 'timestamp-query'));
    Object.defineProperty(adapter, 'features', { value: offered });
    vi.spyOn(gpu, 'requestAdapter').mockResolvedValue(adapter);
    const segmenter = await Segmenter.create({ worker: false, gpu });
    expect((await segmenter.stats()).timestamps).toBe(false);
    const source = picture(48, 40);
    const asked = segmenter.segment(source, { profile: true });
    await expect(asked).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(asked).rejects.toThrow(/offers no timestamps/);
    expect((await segmenter.segment(source)).profile).toBeUndefined();
    await segmenter.dispose();
  });
});
