import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import { openDevice } from '../../src/gpu/device.ts';
import { bundledModel } from '../../src/bundled.ts';
import { Segmenter, SpikesegError } from '../../src/index.ts';
import { openDawn } from '../../src/node/dawn.ts';
import { loadModel, locate } from '../../src/worker/loader.ts';
import { random } from '../support/random.ts';

function picture(width: number, height: number) {
  const next = random(width * height);
  const data = Uint8ClampedArray.from({ length: 4 * width * height }, () => 256 * next());
  return { width, height, data };
}

async function createEngine() {
  const { manifest, weights } = await loadModel(locate(bundledModel()), {});
  const open = await openDevice(await openDawn());
  return { open, engine: await Engine.create(open, manifest, weights) };
}

describe('an engine', () => {
  test('leaves no buffer behind, twenty times over', async () => {
    for (let i = 0; i < 20; i++) {
      const { engine } = await createEngine();
      const labelling = await engine.segment({ kind: 'pixels', ...picture(40 + i, 30) });
      expect(labelling.labels).toHaveLength((40 + i) * 30);
      expect(engine.memory().buffers).toBeGreaterThan(100);
      await engine.dispose();
      expect(engine.memory()).toEqual({ buffers: 0, bytes: 0 });
    }
  }, 300_000);

  test('creates nothing for a second picture of the same size', async () => {
    const { engine } = await createEngine();
    const first = picture(64, 48);
    const { labels } = await engine.segment({ kind: 'pixels', ...first });
    await expect.poll(() => engine.statistics().plain, { timeout: 120_000 }).toBe(0);
    const before = engine.memory();
    const again = await engine.segment({ kind: 'pixels', ...first });
    expect(engine.memory()).toEqual(before);
    expect(again.labels).toEqual(labels);
    await engine.dispose();
  });

  test('keeps few sizes ready, and frees the others', async () => {
    const { engine } = await createEngine();
    await engine.segment({ kind: 'pixels', ...picture(20, 20) });
    await expect.poll(() => engine.statistics().plain, { timeout: 120_000 }).toBe(0);
    const sizes = [20, 30, 40, 50, 60].map((side) => picture(side, side));
    const counts: number[] = [];
    for (const source of [...sizes, ...sizes]) {
      await engine.segment({ kind: 'pixels', ...source });
      counts.push(engine.memory().buffers);
    }
    expect(new Set(counts.slice(2)).size).toBe(1);
    await engine.dispose();
  });

  test('tells that its device was lost', async () => {
    const { open, engine } = await createEngine();
    open.device.destroy();
    await open.lost;
    await expect(engine.segment({ kind: 'pixels', ...picture(8, 8) })).rejects.toMatchObject({
      code: 'device-lost',
    });
    await engine.dispose();
  });
});

describe('a segmenter', () => {
  let segmenter: Segmenter;
  beforeAll(async () => {
    segmenter = await Segmenter.create({ worker: false, gpu: await openDawn() });
  });
  afterAll(() => segmenter.dispose());

  const code = async (promise: Promise<unknown>) => {
    const error: unknown = await promise.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(SpikesegError);
    return error instanceof SpikesegError ? error.code : undefined;
  };

  test('labels at another size, and gives the scores behind the labels', async () => {
    const size = { width: 80, height: 48 };
    const source = picture(80, 48);
    const { labels, scores } = await segmenter.segment(source, { size, scores: true });
    expect(scores).toMatchObject(size);
    const classes = segmenter.model.classes.length;
    const best = Array.from(labels, (_, pixel) => {
      const row =
        scores?.data.subarray(pixel * classes, (pixel + 1) * classes) ?? new Float32Array();
      return row.indexOf(Math.max(...row));
    });
    expect([...labels]).toEqual(best);
  });

  test('adds up the shares of the classes', async () => {
    const { classes } = await segmenter.segment(picture(33, 7));
    expect(classes.reduce((sum, { pixels }) => sum + pixels, 0)).toBe(33 * 7);
    expect(classes.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  });

  test('refuses what it cannot use, and goes on', async () => {
    const good = picture(16, 16);
    expect(await code(segmenter.segment({ ...good, width: 15 }))).toBe('image-invalid');
    const size = { width: 3.5, height: 64 };
    expect(await code(segmenter.segment(good, { size }))).toBe('invalid-argument');
    expect(await code(segmenter.segment(good, { signal: AbortSignal.abort() }))).toBe('aborted');
    expect((await segmenter.segment(good)).labels).toHaveLength(256);
  });

  test('runs calls in the order in which they come', async () => {
    const order: number[] = [];
    const sides = [24, 8, 16];
    await Promise.all(
      sides.map(async (side) => {
        await segmenter.segment(picture(side, side));
        order.push(side);
      }),
    );
    expect(order).toEqual(sides);
  });

  test('rejects once it is disposed of, and can be disposed of again', async () => {
    const short = await Segmenter.create({ worker: false, gpu: await openDawn() });
    await short.dispose();
    await short.dispose();
    expect(await code(short.segment(picture(8, 8)))).toBe('disposed');
    expect(await code(short.stats())).toBe('disposed');
  });

  test('stops loading when its signal is aborted', async () => {
    const controller = new AbortController();
    const phases = new Set<string>();
    const creating = Segmenter.create({
      worker: false,
      gpu: await openDawn(),
      signal: controller.signal,
      onProgress({ phase }) {
        phases.add(phase);
        if (phase === 'compile') controller.abort();
      },
    });
    expect(await code(creating)).toBe('aborted');
    expect([...phases]).toEqual(['download', 'verify', 'upload', 'compile']);
  });

  test('says what is missing where there is no WebGPU', async () => {
    expect(await code(Segmenter.create({ worker: false }))).toBe('webgpu-unavailable');
  });
});
