import sharp from 'sharp';
import { beforeAll, describe, expect, test as plain } from 'vitest';
import { Segmenter } from '../../src/index.ts';
import { openDawn } from '../../src/node/dawn.ts';
import { firstDifference } from '../support/compare.ts';
import { test } from '../support/gpu.ts';
import { agreement } from '../support/labels.ts';
import { shared } from '../support/shared.ts';
import { everySpikingLayer, potentials } from '../support/spiking-graph.ts';

const LEVELS = 8;

test.for([1, 3, LEVELS])(
  'a run that stops after %i of 8 timesteps is that of neurons that fire no more',
  async (timestep, { gpu }) => {
    const graph = everySpikingLayer(LEVELS);
    const stopped = await potentials(gpu, graph, timestep);
    const clipped = await potentials(gpu, { ...graph, levels: timestep });
    expect(stopped.size).toBe(graph.neurons.length);
    for (const [name, map] of clipped) {
      expect(firstDifference(stopped.get(name) ?? [], map), name).toBeUndefined();
    }
    const whole = await potentials(gpu, graph);
    const last = firstDifference(stopped.get('last') ?? [], whole.get('last') ?? []);
    expect(last === undefined).toBe(timestep === LEVELS);
  },
);

describe('the answer of a segmenter after each of its virtual timesteps', () => {
  let segmenter: Segmenter;
  beforeAll(async () => {
    segmenter = await Segmenter.create({ worker: false, gpu: await openDawn() });
    return () => segmenter.dispose();
  }, 120_000);

  plain('forms, and the last is the whole answer', async () => {
    const path = shared('weights', 'portrait', 'reference', 'friends.input.png');
    const image = sharp(path).ensureAlpha().toColourspace('srgb');
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
    const photo = { data: new Uint8ClampedArray(data), width: info.width, height: info.height };
    const { labels: whole } = await segmenter.segment(photo);
    const agreements: number[] = [];
    for (let timestep = 1; timestep <= segmenter.model.levels; timestep++) {
      const { labels } = await segmenter.segment(photo, { timestep });
      agreements.push(agreement(labels, whole));
    }
    expect(agreements[0]).toBeLessThan(0.9);
    expect(agreements.at(-2)).toBeGreaterThan(agreements[0] ?? 1);
    expect(agreements.at(-1)).toBe(1);
    const { labels: again } = await segmenter.segment(photo);
    expect(firstDifference(again, whole)).toBeUndefined();

    const stats = () => segmenter.stats();
    await expect.poll(async () => (await stats()).plain, { timeout: 120_000 }).toBe(0);
    const { gpuBuffers } = await stats();
    await segmenter.segment(photo, { timestep: 1 });
    expect((await stats()).gpuBuffers).toBe(gpuBuffers);
  });

  plain.for([0, 1.5, 5, NaN])('there is no timestep %f', async (timestep) => {
    const picture = { width: 8, height: 8, data: new Uint8Array(4 * 64) };
    await expect(segmenter.segment(picture, { timestep })).rejects.toThrow(
      `timestep is ${timestep}: give an integer from 1 to 4`,
    );
  });
});
