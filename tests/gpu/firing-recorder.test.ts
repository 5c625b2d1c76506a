import { describe, expect } from 'vitest';
import { expectedLayers } from '../../src/engine/compare.ts';
import { FiringRecorder } from '../../src/engine/firing.ts';
import { recordSpikes } from '../../src/engine/record.ts';
import { GoldenRun } from '../../src/engine/verify.ts';
import { createKernelHost } from '../../src/kernels/host.ts';
import { parseGolden } from '../../src/model/golden.ts';
import type { Neuron } from '../../src/model/graph.ts';
import { openSafetensors } from '../../src/model/safetensors.ts';
import { readCounts } from '../../src/model/spike-words.ts';
import { Weights } from '../../src/model/weights.ts';
import { firstDifference } from '../support/compare.ts';
import { fileSource, readJson } from '../support/files.ts';
import { test, type TestGpu } from '../support/gpu.ts';
import { shared } from '../support/shared.ts';

async function openRun({ device }: TestGpu, name: string) {
  const folder = shared('goldens', name);
  const tensors = await openSafetensors(fileSource(`${folder}/golden.safetensors`));
  const golden = parseGolden(readJson(`${folder}/manifest.json`), tensors);
  const source = await openSafetensors(fileSource(`${folder}/${golden.weightsFile}`));
  const weights = new Weights(source, golden.config);
  const run = await GoldenRun.create(device, golden, (tensor) => weights.read(tensor));
  const planes = await tensors.read('input');
  const pixels = golden.size.height * golden.size.width;
  const input = planes.map((_, i) => planes[(i % 3) * pixels + Math.floor(i / 3)] ?? NaN);
  const enter = () =>
    device.queue.writeBuffer(run.program.buffer(run.graph.input), 0, new Float32Array(input));
  return { golden, run, enter };
}

describe.each(['micro', 'micro_odd', 'tiny'])('firing of %s, counted on the GPU', (name) => {
  test('equals what its spikes tell, which are read back here', async ({ gpu }) => {
    const { golden, run, enter } = await openRun(gpu, name);
    const { device } = gpu;
    const { program, graph } = run;
    const recorder = await FiringRecorder.create(
      device,
      (pool) => createKernelHost(device, pool),
      program,
    );
    const names = graph.neurons.map((neuron) => neuron.name);
    await recorder.prepare({ maps: true, spikes: names });
    const count = () => {
      enter();
      const encoder = device.createCommandEncoder();
      recorder.begin(encoder);
      program.encode(encoder, 0, program.steps.length, recorder.watch);
      recorder.finish(encoder);
      device.queue.submit([encoder.finish()]);
    };
    count();
    count(); // which must not see the first
    const { layers } = await recorder.read();

    enter();
    const wanted = new Set(graph.neurons.map(({ spikes }) => spikes.tensor));
    const { spikes } = await recordSpikes(device, program, wanted);
    for (const [i, neuron] of graph.neurons.entries()) {
      const { tensor, channels } = neuron.spikes;
      const words = spikes.get(tensor) ?? new Uint32Array();
      const counts = readCounts(words, { ...neuron, layout: 'channels-last' });
      const histogram = new Array<number>(golden.config.levels + 1).fill(0);
      const channelSpikes = new Array<number>(channels).fill(0);
      const map = new Uint16Array(counts.length / channels);
      counts.forEach((count, unit) => {
        histogram[count] = (histogram[count] ?? NaN) + 1;
        channelSpikes[unit % channels] = (channelSpikes[unit % channels] ?? NaN) + count;
        const pixel = Math.floor(unit / channels);
        map[pixel] = (map[pixel] ?? NaN) + count;
      });
      expect(layers[i]).toMatchObject({ name: neuron.name, histogram, channelSpikes, map });
      expect(firstDifference(layers[i]?.spikeCounts ?? [], counts), neuron.name).toBeUndefined();
      expect(layers[i]?.deadChannels).toBe(channelSpikes.filter((sum) => sum === 0).length);
    }
    recorder.destroy();
    run.destroy();
  });
});

describe.each(['micro', 'micro_odd'])('spikes of %s, read back unit by unit', (name) => {
  test('are those of the original, and only of the layers asked for', async ({ gpu }) => {
    const { golden, run, enter } = await openRun(gpu, name);
    const { device } = gpu;
    const { program, graph } = run;
    const expected = await expectedLayers(golden, graph);
    const recorder = await FiringRecorder.create(
      device,
      (pool) => createKernelHost(device, pool),
      program,
    );
    const read = async (spikes: readonly string[]) => {
      await recorder.prepare({ spikes });
      enter();
      const encoder = device.createCommandEncoder();
      recorder.begin(encoder);
      program.encode(encoder, 0, program.steps.length, recorder.watch);
      recorder.finish(encoder);
      device.queue.submit([encoder.finish()]);
      const { layers } = await recorder.read();
      return layers.filter(({ spikeCounts }) => spikeCounts);
    };
    const { count } = recorder;
    expect(await read([])).toEqual([]);
    expect(recorder.count).toBe(count);

    const layers = await read(graph.neurons.map((neuron) => neuron.name));
    expect(layers).toHaveLength(graph.neurons.length);
    for (const [i, { name, spikeCounts }] of layers.entries()) {
      const neuron = graph.neurons[i];
      const original = expected.get(name)?.counts;
      expect(neuron?.name).toBe(name);
      if (!neuron || !original) throw new Error(`the golden lacks ${name}`);
      const counts = channelsLast(original, neuron);
      expect(firstDifference(spikeCounts ?? [], counts), name).toBeUndefined();
    }
    const last = layers.at(-1)?.name ?? '';
    expect((await read([last, last])).map((layer) => layer.name)).toEqual([last]);
    expect(recorder.count).toBe(count + 1);
    await expect(read(['backbone.nowhere'])).rejects.toThrow(
      `there is no neuron layer "backbone.nowhere": ask for one of ${graph.neurons[0]?.name}, `,
    );
    expect(await read([])).toEqual([]);
    expect(recorder.count).toBe(count);
    recorder.destroy();
    run.destroy();
  });
});

/** Counts in the order of the original's tensor, as [H][W][C]. */
function channelsLast(counts: Uint8Array, { spikes, layout }: Neuron): Uint8Array {
  const { channels } = spikes;
  const pixels = counts.length / channels;
  if (layout === 'channels-last') return counts;
  return counts.map((_, i) => counts[(i % channels) * pixels + Math.floor(i / channels)] ?? NaN);
}
