import { describe, expect } from 'vitest';
import { createClassProbabilities } from '../../src/kernels/class-probabilities.ts';
import { createSemantic, createSemanticLabels } from '../../src/kernels/semantic.ts';
import { labelBytes, unpackLabels } from '../../src/kernels/labels.ts';
import { classBlocks } from '../../src/model/class-blocks.ts';
import { padded } from '../../src/model/shapes.ts';
import { inBlocks } from '../../src/reference/class-probabilities.ts';
import type { Rows } from '../../src/model/bands.ts';
import { openSafetensors } from '../../src/model/safetensors.ts';
import { labels } from '../../src/reference/labels.ts';
import { semantic } from '../../src/reference/semantic.ts';
import { firstDifference, padChannels } from '../support/compare.ts';
import { fileSource } from '../support/files.ts';
import { test, type TestGpu } from '../support/gpu.ts';
import { uniform } from '../support/random.ts';
import { shared } from '../support/shared.ts';

interface Case {
  readonly masks: readonly [height: number, width: number];
  readonly queries: number;
  readonly classes: number;
  readonly size: readonly [height: number, width: number];
  readonly rows?: Rows;
}

const picture = (c: Case) => {
  const [[height, width], [outHeight, outWidth]] = [c.masks, c.size];
  const shape = { height, width, channels: c.queries };
  const size = { height: outHeight, width: outWidth };
  return {
    shape,
    size,
    rows: c.rows ?? { first: 0, count: outHeight },
    masks: uniform(height * width * c.queries, -RANGE, RANGE, 1),
    probabilities: uniform(c.queries * c.classes, 0, 2 / c.classes, 2),
  };
};
const RANGE = 8;

/**
 * Of a sigmoid s = 1/(1+e): WGSL lets e = exp(x) be 3 + 2|x| ULP off, x itself is 6 ULP of RANGE off
 * (2 from mixing rows, 4 from weights of columns that are up to 4 away), and ds/dx and e·ds/de are at most 1/4; the sum and the
 * quotient cost 3 more. Then Q products are added up, to at most the probabilities' sum.
 */
const bound = (queries: number, sumOfProbabilities: number) =>
  ((3 + 2 * RANGE + 6 * RANGE) / 4 + 3 + queries) * 2 ** -23 * sumOfProbabilities;

/** In windows, one for each block. */
const windows = (gpu: TestGpu, probabilities: Float32Array, classes: number) =>
  inBlocks(probabilities, classes, classBlocks(classes)).map((block) => gpu.window(block));

describe('semantic', () => {
  test.for<Case>([
    { masks: [1, 1], queries: 1, classes: 1, size: [1, 1] },
    { masks: [3, 4], queries: 5, classes: 3, size: [6, 7] },
    { masks: [4, 16], queries: 20, classes: 6, size: [8, 32] },
    { masks: [2, 33], queries: 32, classes: 4, size: [4, 65] }, // a ragged tail
    { masks: [3, 6], queries: 100, classes: 150, size: [5, 11] },
    { masks: [2, 3], queries: 680, classes: 45, size: [7, 13] }, // two blocks, nearly full windows
    { masks: [2, 3], queries: 3, classes: 5, size: [9, 70] }, // far upsampled
    { masks: [4, 9], queries: 4, classes: 4, size: [4, 9] }, // as large
    { masks: [5, 23], queries: 4, classes: 4, size: [2, 9] }, // smaller
    { masks: [8, 4], queries: 20, classes: 6, size: [16, 8], rows: { first: 5, count: 7 } },
  ])('equals the reference: %o', async (c, { gpu }) => {
    const { shape, size, rows, masks, probabilities } = picture(c);
    const { queries, classes } = c;
    const create = await createSemantic(gpu.host, { masks: shape, classes, size, rows });
    const scores = gpu.buffer(4 * rows.count * size.width * padded(classes));
    await gpu.run(
      create({
        masks: gpu.buffer(padChannels(masks, queries, 1e30)), // what no query wrote is not looked at
        probabilities: windows(gpu, probabilities, classes),
        scores,
      }),
    );
    const sums = semantic(masks, shape, probabilities, classes, size, rows);
    const want = padChannels(new Float32Array(sums), classes);
    const sum = (queries * 2) / classes;
    expect(firstDifference(await gpu.readF32(scores), want, bound(queries, sum))).toBeUndefined();
  });

  test.for<Case>([
    { masks: [1, 1], queries: 1, classes: 1, size: [1, 1] },
    { masks: [4, 16], queries: 20, classes: 6, size: [8, 32] },
    { masks: [3, 11], queries: 9, classes: 24, size: [5, 21] }, // a ragged word, a full block
  ])('labels by the very same scores, whether lanes share or not: %o', async (c, { gpu }) => {
    const { shape, size, rows, masks, probabilities } = picture(c);
    const { queries, classes } = c;
    const options = { masks: shape, classes, size };
    const inputs = {
      masks: gpu.buffer(padChannels(masks, queries)),
      probabilities: windows(gpu, probabilities, classes),
    };
    const scores = gpu.buffer(4 * size.height * size.width * padded(classes));
    const packed = gpu.buffer(labelBytes(size, classes));
    await gpu.run(
      (await createSemantic(gpu.alone, { ...options, rows }))({ ...inputs, scores }),
      (await createSemanticLabels(gpu.host, options))({ ...inputs, labels: packed }),
    );
    const map = { ...size, channels: padded(classes) };
    const want = labels(await gpu.readF32(scores), map, size, size);
    const words = await gpu.readU32(packed);
    expect([...unpackLabels(words.buffer, size, classes)]).toEqual([...want]);
  });

  test('keeps to 0..1 however large the logits', async ({ gpu }) => {
    const masks = { height: 1, width: 4, channels: 1 };
    const size = { height: 1, width: 4 };
    const rows = { first: 0, count: 1 };
    const create = await createSemantic(gpu.host, { masks, classes: 1, size, rows });
    const scores = gpu.buffer(4 * 16);
    const logits = new Float32Array([-1e30, -200, 200, 1e30]);
    await gpu.run(
      create({
        masks: gpu.buffer(padChannels(logits, 1)),
        probabilities: windows(gpu, new Float32Array([1]), 1),
        scores,
      }),
    );
    const want = padChannels(new Float32Array([0, 0, 1, 1]), 1);
    expect(firstDifference(await gpu.readF32(scores), want, 2 ** -20)).toBeUndefined();
  });

  test('equals the original on golden micro_odd, from class logits on', async ({ gpu }) => {
    const golden = await openSafetensors(
      fileSource(shared('goldens', 'micro_odd', 'golden.safetensors')),
    );
    const [queries, classes, height, width] = [12, 5, 38, 51];
    const size = { height: 75, width: 101 };
    const classLogits = (await golden.read('all_cls_scores')).slice(-queries * (classes + 1));
    const channelMajor = await golden.read('mask_logits_last');
    const masks = channelMajor.map(
      (_, i) => channelMajor[(i % queries) * height * width + Math.floor(i / queries)] ?? NaN,
    );
    const classify = await createClassProbabilities(gpu.host, { queries, classes });
    const mix = await createSemantic(gpu.host, {
      masks: { height, width, channels: queries },
      classes,
      size,
      rows: { first: 0, count: size.height },
    });
    const probabilities = gpu.window(new Float32Array());
    const scores = gpu.buffer(4 * size.height * size.width * padded(classes));
    await gpu.run(
      classify({ logits: gpu.buffer(classLogits), probabilities }),
      mix({ masks: gpu.buffer(masks), probabilities: [probabilities], scores }),
    );
    const want = await golden.read('seg_logits'); // [classes][H][W]
    const got = await gpu.readF32(scores);
    const pixels = size.height * size.width;
    const reordered = want.map(
      (_, i) => got[(i % pixels) * padded(classes) + Math.floor(i / pixels)] ?? NaN,
    );
    // The tolerance that the goldens' README gives.
    expect(firstDifference(reordered, want, 1e-4)).toBeUndefined();
  });

  test('refuses more queries than fit', async ({ gpu }) => {
    const masks = { height: 1, width: 1, channels: 683 };
    const options = { masks, classes: 24, size: masks, rows: { first: 0, count: 1 } };
    await expect(createSemantic(gpu.host, options)).rejects.toThrow(/at most 680 queries/);
  });

  test('refuses a buffer that is too short, by name', async ({ gpu }) => {
    const masks = { height: 2, width: 2, channels: 3 };
    const size = { height: 4, width: 4 };
    const rows = { first: 1, count: 2 };
    const create = await createSemantic(gpu.host, { masks, classes: 2, size, rows });
    const [logits, probabilities] = [gpu.buffer(64), windows(gpu, new Float32Array(6), 2)];
    expect(() => create({ masks: logits, probabilities, scores: gpu.buffer(124) })).toThrow(
      'semantic: scores: needs 128 bytes, got 124',
    );
  });
});
