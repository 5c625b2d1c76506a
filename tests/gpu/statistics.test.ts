import { beforeAll, describe, expect, test } from 'vitest';
import { Segmenter } from '../../src/index.ts';
import { parseGolden } from '../../src/model/golden.ts';
import { parseManifest } from '../../src/model/manifest.ts';
import { openSafetensors } from '../../src/model/safetensors.ts';
import { openDawn } from '../../src/node/dawn.ts';
import { fileSource, readJson } from '../support/files.ts';
import { shared } from '../support/shared.ts';

/** RGBA of a golden of the bundled model, which has the size of the network's input. */
async function goldenPicture() {
  const folder = shared('goldens', 'trained_friends');
  const tensors = await openSafetensors(fileSource(`${folder}/golden.safetensors`));
  const golden = parseGolden(readJson(`${folder}/manifest.json`), tensors);
  const { width, height } = golden.size;
  const planes = await tensors.read('input_u8_rgb');
  const pixels = width * height;
  const data = Uint8ClampedArray.from({ length: 4 * pixels }, (_, i) =>
    i % 4 === 3 ? 255 : (planes[(i % 4) * pixels + Math.floor(i / 4)] ?? NaN),
  );
  return { golden, picture: { width, height, data } };
}

describe('statistics of a picture', () => {
  let segmenter: Segmenter;
  beforeAll(async () => {
    segmenter = await Segmenter.create({ worker: false, gpu: await openDawn() });
    return () => segmenter.dispose();
  });

  test('come only when they are asked for, and change no label', async () => {
    const { picture } = await goldenPicture();
    const plain = await segmenter.segment(picture);
    expect(plain.statistics).toBeUndefined();
    const { labels, statistics } = await segmenter.segment(picture, { statistics: true });
    expect(labels).toEqual(plain.labels);
    expect(statistics?.layers.some(({ map }) => map)).toBe(false);
    const { statistics: withMaps } = await segmenter.segment(picture, {
      statistics: { maps: true },
    });
    for (const { map, height, width, spikes } of withMaps?.layers ?? []) {
      expect(map).toHaveLength(height * width);
      expect(map?.reduce((a, b) => a + b, 0)).toBe(spikes);
    }
    expect(withMaps?.totals).toEqual(statistics?.totals);
    const stats = () => segmenter.stats();
    await expect.poll(async () => (await stats()).plain, { timeout: 120_000 }).toBe(0);
    const bytes = (await stats()).gpuBytes;
    await segmenter.segment(picture, { statistics: true });
    expect((await stats()).gpuBytes).toBe(bytes);
  });

  test('hold the spikes of single units of the layers asked for', async () => {
    const { picture } = await goldenPicture();
    const { statistics: plain } = await segmenter.segment(picture, { statistics: true });
    const shared = plain?.layers.find(({ sharedWith }) => sharedWith !== undefined);
    const spikes = [shared?.name ?? '', shared?.sharedWith ?? '', 'backbone.block3.0.attn.q_spike'];
    const { statistics } = await segmenter.segment(picture, { statistics: { spikes } });
    const kept = statistics?.layers.filter(({ spikeCounts }) => spikeCounts) ?? [];
    expect(kept.map(({ name }) => name).sort()).toEqual(spikes.sort());
    expect(new Set(kept.map(({ spikeCounts }) => spikeCounts?.buffer)).size).toBe(3);
    for (const { spikeCounts = [], channelSpikes, channels, ...layer } of kept) {
      expect(spikeCounts).toHaveLength(layer.height * layer.width * channels);
      const sums = new Array<number>(channels).fill(0);
      spikeCounts.forEach((count, unit) => {
        sums[unit % channels] = (sums[unit % channels] ?? NaN) + count;
      });
      expect(sums).toEqual(channelSpikes);
      expect(sums.reduce((a, b) => a + b, 0)).toBe(layer.spikes);
    }
    expect(statistics?.totals).toEqual(plain?.totals);
    const lost = segmenter.segment(picture, { statistics: { spikes: ['nothing'] } });
    await expect(lost).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  test('of a run that stops early are rates over the virtual timesteps that ran', async () => {
    const { picture } = await goldenPicture();
    const { statistics: whole } = await segmenter.segment(picture, { statistics: true });
    for (const timestep of [1, 3, segmenter.model.levels]) {
      const { statistics } = await segmenter.segment(picture, { timestep, statistics: true });
      const { units, spikes, rate, nonzero, saturated, nonzeroRate } = statistics?.totals ?? {};
      expect(statistics?.levels).toBe(timestep);
      expect(statistics?.layers.every(({ histogram }) => histogram.length === timestep + 1)).toBe(
        true,
      );
      expect(rate).toBe((spikes ?? NaN) / ((units ?? NaN) * timestep));
      if (timestep === 1)
        expect([spikes, saturated, rate]).toEqual([nonzero, nonzero, nonzeroRate]);
      // Nothing but the image lies before the first layer: it fires min(k, timestep).
      const [first, clipped] = [whole?.layers[0]?.histogram, statistics?.layers[0]?.histogram];
      expect(clipped?.slice(0, -1)).toEqual(first?.slice(0, timestep));
      expect(clipped?.at(-1)).toBe(first?.slice(timestep).reduce((a, b) => a + b, 0));
    }
  });

  test('are those of the original, as near as two devices agree', async () => {
    const { golden, picture } = await goldenPicture();
    const { statistics } = await segmenter.segment(picture, { statistics: true });
    const layers = new Map(statistics?.layers.map((layer) => [layer.name, layer]));
    for (const { name, units, mean } of golden.firing) {
      const layer = layers.get(name);
      expect(layer, name).toBeDefined();
      if (layer?.units === units) expect(Math.abs(layer.countRate - mean), name).toBeLessThan(0.05);
    }
    const averages = parseManifest(readJson(shared('weights', 'portrait', 'manifest.json'))).metrics
      ?.operations;
    const { network } = statistics?.totals ?? {};
    expect(network?.macs).toBe(averages?.get('analog_macs'));
    const ratio = (network?.accumulates ?? NaN) / (averages?.get('spike_accumulates') ?? NaN);
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });
});
