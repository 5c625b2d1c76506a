import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { openDawn } from '../../src/node/dawn.ts';
import { Segmenter } from '../../src/index.ts';
import { shared } from '../support/shared.ts';

/** What is known of the bundled model on one photo. */
interface Reference {
  readonly input: string;
  readonly labels: string;
  readonly stable: boolean;
  readonly agreement_fp32_fp64: number;
}

const folder = shared('weights', 'portrait', 'reference');
const { photos } = JSON.parse(readFileSync(`${folder}/reference.json`, 'utf8')) as {
  photos: Readonly<Record<string, Reference>>;
};

async function rgba(path: string) {
  const image = sharp(path).ensureAlpha().toColourspace('srgb');
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  return { data: new Uint8ClampedArray(data), width: info.width, height: info.height };
}

describe('a photo in, a mask out', () => {
  let segmenter: Segmenter;
  beforeAll(async () => {
    segmenter = await Segmenter.create({ worker: false, gpu: await openDawn() });
    return () => segmenter.dispose();
  }, 120_000);

  test.each(Object.keys(photos))('%s is labelled as by the original', async (name) => {
    const photo = photos[name];
    expect(photo).toBeDefined();
    if (!photo) return;
    const picture = await rgba(`${folder}/${photo.input}`);
    const { labels, width, height } = await segmenter.segment(picture);
    expect([width, height]).toEqual([picture.width, picture.height]);
    // The reference is a palette picture: its colours are the classes'.
    const reference = await rgba(`${folder}/${photo.labels}`);
    const colours = segmenter.model.classes.map(({ color }) => parseInt(color.slice(1), 16));
    let equal = 0;
    labels.forEach((label, i) => {
      const [r = 0, g = 0, b = 0] = reference.data.subarray(4 * i, 4 * i + 3);
      if (colours[label] === (r << 16) + (g << 8) + b) equal++;
    });
    const least = photo.stable ? 0.999 : photo.agreement_fp32_fp64 - 0.01;
    expect(equal / labels.length).toBeGreaterThanOrEqual(least);
  });
});

test('a checkpoint of PyTorch is a model', async () => {
  const path = shared('goldens', 'micro', 'checkpoint_mmengine.pth');
  const checkpoint = new File([readFileSync(path)], 'micro.pth');
  const own = { checkpoint, numHeads: 4, decHeads: 2, size: { width: 96, height: 64 } };
  const segmenter = await Segmenter.create({ model: own, worker: false, gpu: await openDawn() });
  try {
    const { name, classes, inputSize, notices, report } = segmenter.model;
    expect({ name, inputSize, notices }).toEqual({
      name: 'micro',
      inputSize: { width: 96, height: 64 },
      notices: [],
    });
    expect(classes[4]).toEqual({ name: '天空', color: '#04c803' });
    expect(report?.tensors.missing).toEqual([]);
    const picture = { width: 192, height: 128, data: new Uint8Array(4 * 192 * 128) };
    const { labels } = await segmenter.segment(picture);
    expect(labels).toHaveLength(192 * 128);
  } finally {
    await segmenter.dispose();
  }
});
