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
    const bytes = (await segmenter.stats()).gpuBytes;
    await segmenter.segment(picture, { statistics: true });
    expect((await segmenter.stats()).gpuBytes).toBe(bytes);
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
