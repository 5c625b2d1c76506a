import { describe, expect, vi } from 'vitest';
import { bundledModel } from '../../src/bundled.ts';
import { ConstantStore } from '../../src/engine/constants.ts';
import { Engine } from '../../src/engine/engine.ts';
import { Improvement } from '../../src/engine/improvement.ts';
import { Program } from '../../src/engine/program.ts';
import { recordSpikes } from '../../src/engine/record.ts';
import { warmUp } from '../../src/engine/warm-up.ts';
import { BufferPool } from '../../src/gpu/buffers.ts';
import { openDevice } from '../../src/gpu/device.ts';
import { PipelineCache } from '../../src/gpu/pipeline.ts';
import { createKernelHost } from '../../src/kernels/host.ts';
import { buildNetwork } from '../../src/model/spike2former/network.ts';
import { openDawn } from '../../src/node/dawn.ts';
import { loadModel, locate } from '../../src/worker/loader.ts';
import { firstDifference } from '../support/compare.ts';
import { test } from '../support/gpu.ts';
import { openGolden } from '../support/open-golden.ts';
import { random } from '../support/random.ts';

function picture(width: number, height: number) {
  const next = random(width * height);
  const data = Uint8ClampedArray.from({ length: 4 * width * height }, () => 256 * next());
  return { kind: 'pixels', width, height, data } as const;
}

async function createEngine() {
  const { manifest, weights } = await loadModel(locate(bundledModel()), {});
  const open = await openDevice(await openDawn());
  return { open, engine: await Engine.create(open, manifest, weights) };
}

const SLOW = { timeout: 120_000, interval: 50 };

describe('a program that begins with plain kernels', () => {
  test.for(['micro_odd', 'tiny'])(
    'fires as %s does with fast ones, before, amid and after the change',
    async (name, { gpu: { device } }) => {
      const { golden, read } = await openGolden(name);
      const graph = buildNetwork(golden.config, golden.size);
      const pool = new BufferPool(device);
      const constants = new ConstantStore(pool);
      await constants.load(graph, read);
      const host = (owner: BufferPool) => createKernelHost(device, owner);
      const planes = await golden.tensors.read('input');
      const pixels = planes.length / 3;
      const input = planes.map((_, i) => planes[(i % 3) * pixels + Math.floor(i / 3)] ?? NaN);
      const wanted = new Set(graph.neurons.map(({ spikes }) => spikes.tensor));
      const spikesOf = async (program: Program) => {
        device.queue.writeBuffer(program.buffer(graph.input), 0, input);
        return (await recordSpikes(device, program, wanted)).spikes;
      };

      const fast = await Program.create(device, host, graph, constants);
      expect(fast.plain).toBe(0);
      expect(await fast.improve()).toBeUndefined();
      const expected = await spikesOf(fast);
      const begun = { plain: true, join: true };
      const program = await Program.create(device, host, graph, constants, begun);
      const all = program.plain;
      const isDone = (one: Program) => new Improvement(device, () => [one]).done;
      expect([fast, program].map(isDone)).toEqual([true, false]);
      expect(all).toBeGreaterThan(graph.ops.length / 3);
      const taken = (one: Program) => one.steps.filter((step) => 'dispatch' in step).length;
      expect(taken(program)).toBe(fast.dispatches);
      for (const left of [all, Math.floor(all / 2), 0]) {
        while (program.plain > left) expect(await program.improve()).toBeDefined();
        const actual = await spikesOf(program);
        for (const [tensor, words] of expected) {
          const difference = firstDifference(actual.get(tensor) ?? [], words);
          expect(difference, `${tensor.label}, ${left} plain`).toBeUndefined();
        }
      }
      expect(isDone(program)).toBe(true);
      const joined = await Program.create(device, host, graph, constants, { join: true });
      for (const one of [fast, program, joined]) expect(taken(one)).toBe(one.dispatches);
      expect(joined.dispatches).toBe(program.dispatches);
      expect(joined.dispatches).toBeLessThan(fast.dispatches - 10);
      expect(await spikesOf(joined)).toEqual(expected);
      joined.destroy();
      for (const owner of [fast, program, pool]) {
        if (owner instanceof Program) owner.destroy();
        else owner.destroyAll();
      }
    },
  );
});

test('every pipeline of a program runs once to be translated', async ({ gpu: { device } }) => {
  const { golden, read } = await openGolden('micro');
  const graph = buildNetwork(golden.config, golden.size);
  const pool = new BufferPool(device);
  const constants = new ConstantStore(pool);
  await constants.load(graph, read);
  const pipelines = new PipelineCache(device);
  const host = (owner: BufferPool) => createKernelHost(device, owner, pipelines);
  const program = await Program.create(device, host, graph, constants, { plain: true });
  const distinct = new Set(
    program.steps.flatMap((step) => ('dispatch' in step ? [step.dispatch.pipeline] : [])),
  );
  expect(distinct.size).toBeGreaterThan(5);
  const submit = vi.spyOn(device.queue, 'submit');
  const cost = await warmUp(device, program);
  expect(submit).toHaveBeenCalledTimes(distinct.size);
  expect(cost).toBeGreaterThan(0);
  expect(cost).toBeLessThan(program.cost);
  expect(await warmUp(device, program)).toBe(0);
  expect(submit).toHaveBeenCalledTimes(distinct.size);
  program.destroy();
  pool.destroyAll();
});

describe('an engine', () => {
  test('has fast kernels after its first picture, and labels as before', async () => {
    const { engine } = await createEngine();
    const began = engine.statistics().plain;
    expect(began).toBeGreaterThan(100);
    const { labels } = await engine.segment(picture(64, 48));
    // Pictures go on meanwhile.
    expect((await engine.segment(picture(64, 48))).labels).toEqual(labels);
    await expect.poll(() => engine.statistics().plain, SLOW).toBe(0);
    expect((await engine.segment(picture(64, 48))).labels).toEqual(labels);
    await engine.dispose();
    expect(engine.memory()).toEqual({ buffers: 0, bytes: 0 });
  });

  test('times fast kernels only, whenever it is asked to', async () => {
    const { engine } = await createEngine();
    const { profile } = await engine.segment(picture(64, 48), { profile: true });
    expect(profile?.length).toBe(engine.statistics().dispatches);
    expect(engine.statistics().plain).toBe(0);
    await engine.dispose();
  });

  test('goes on with plain kernels where the fast ones are refused', async () => {
    const { open, engine } = await createEngine();
    const compile = vi.spyOn(open.device, 'createComputePipelineAsync');
    const { labels } = await engine.segment(picture(64, 48));
    compile.mockRejectedValue(new Error('refused'));
    const left = engine.statistics().plain;
    expect(left).toBeGreaterThan(100);
    for (let i = 0; i < 3; i++) {
      expect((await engine.segment(picture(64, 48))).labels).toEqual(labels);
    }
    await expect.poll(() => compile.mock.calls.length, SLOW).toBeGreaterThan(left / 2);
    // One may have been on its way.
    expect(engine.statistics().plain).toBeGreaterThanOrEqual(left - 1);
    expect((await engine.segment(picture(64, 48))).labels).toEqual(labels);
    await engine.dispose();
  });

  test('does two operations one by one where the joint kernel is refused', async () => {
    const { open, engine } = await createEngine();
    const { labels } = await engine.segment(picture(64, 48));
    const compile = open.device.createComputePipelineAsync.bind(open.device);
    vi.spyOn(open.device, 'createComputePipelineAsync').mockImplementation((descriptor) =>
      descriptor.label === 'spike-mlp' ? Promise.reject(new Error('refused')) : compile(descriptor),
    );
    const { dispatches } = engine.statistics();
    await expect.poll(() => engine.statistics().plain, SLOW).toBe(0);
    expect(engine.statistics().dispatches).toBeGreaterThan(dispatches + 5);
    expect((await engine.segment(picture(64, 48))).labels).toEqual(labels);
    await engine.dispose();
  });

  test('begins with plain kernels at any size, until fast ones are compiled', async () => {
    const { engine } = await createEngine();
    const small = { width: 64, height: 48 };
    await engine.segment(picture(64, 48), { size: small });
    expect(engine.statistics().plain).toBeGreaterThan(50);
    await expect.poll(() => engine.statistics().plain, SLOW).toBe(0);
    await engine.segment(picture(64, 48), { size: { width: 48, height: 48 } });
    expect(engine.statistics().plain).toBe(0);
    await engine.dispose();
  });

  test('stops waiting for fast kernels when it is told to', async () => {
    const { engine } = await createEngine();
    const controller = new AbortController();
    const { signal } = controller;
    const profiled = engine.segment(picture(64, 48), { profile: true, signal });
    const next = engine.segment(picture(64, 48));
    controller.abort();
    await expect(profiled).rejects.toMatchObject({ code: 'aborted' });
    expect((await next).labels).toHaveLength(64 * 48);
    expect(engine.statistics().plain).toBeGreaterThan(50);
    await engine.dispose();
  });

  test('is told to stop amid the change, and leaves nothing behind', async () => {
    const { open, engine } = await createEngine();
    const errors: string[] = [];
    open.device.addEventListener('uncapturederror', ({ error }) => errors.push(error.message));
    await engine.segment(picture(64, 48));
    const began = engine.statistics().plain;
    await expect.poll(() => engine.statistics().plain, SLOW).toBeLessThan(began);
    await engine.dispose();
    await open.lost;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(engine.memory()).toEqual({ buffers: 0, bytes: 0 });
    expect(errors).toEqual([]);
  });
});
