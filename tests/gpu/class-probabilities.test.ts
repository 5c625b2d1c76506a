import { describe, expect } from 'vitest';
import { createClassProbabilities } from '../../src/kernels/class-probabilities.ts';
import { classBlocks } from '../../src/model/class-blocks.ts';
import { padded } from '../../src/model/shapes.ts';
import { classProbabilities, inBlocks } from '../../src/reference/class-probabilities.ts';
import { firstDifference } from '../support/compare.ts';
import { test, type TestGpu } from '../support/gpu.ts';
import { uniform } from '../support/random.ts';

async function run(gpu: TestGpu, logits: Float32Array<ArrayBuffer>, classes: number) {
  const queries = logits.length / (classes + 1);
  const create = await createClassProbabilities(gpu.host, { queries, classes });
  const { count, width } = classBlocks(classes);
  const probabilities = gpu.buffer(4 * count * padded(queries) * width);
  await gpu.run(create({ logits: gpu.buffer(logits), probabilities }));
  return gpu.readF32(probabilities);
}

/** As the kernel orders them; the padding is zero. */
const expected = (probabilities: ArrayLike<number>, classes: number) =>
  inBlocks(probabilities, classes, classBlocks(classes)).flatMap((block) => [...block]);

/**
 * WGSL lets exp(x) be 3 + 2|x| ULP off and a quotient 2.5; the difference under the exponent is
 * rounded (|x|/2 ULP of the result), and so is each of K additions. With |x| up to `range`, the
 * numerator and the sum are each 3 + 2.5·range off at most; a probability is at most 1.
 */
const bound = (range: number, classes: number) => (8.5 + 5 * range + classes) * 2 ** -23;

describe('class-probabilities', () => {
  test.for([
    { queries: 1, classes: 1 },
    { queries: 20, classes: 6 },
    { queries: 63, classes: 21 },
    { queries: 64, classes: 3 },
    { queries: 100, classes: 150 },
  ])('equals the reference: %o', async ({ queries, classes }, { gpu }) => {
    const logits = uniform(queries * (classes + 1), -6, 6);
    const want = expected(classProbabilities(logits, classes), classes);
    expect(firstDifference(await run(gpu, logits, classes), want, bound(12, classes))).toBe(
      undefined,
    );
  });

  test('leaves out what belongs to no object', async ({ gpu }) => {
    // A query sure of no object, one sure of class 1, one that knows nothing.
    const logits = new Float32Array([0, 0, 40, 0, 40, 0, 7, 7, 7]);
    const third = Math.fround(1 / 3);
    const want = expected([0, 0, 0, 1, third, third], 2);
    expect(firstDifference(await run(gpu, logits, 2), want, bound(40, 2))).toBeUndefined();
  });

  test('does not overflow, however large the logits', async ({ gpu }) => {
    const logits = new Float32Array([1e38, -1e38, 1e38, 1000, 1000, -1000]);
    const want = expected([0.5, 0, 0.5, 0.5], 2);
    expect(firstDifference(await run(gpu, logits, 2), want, bound(0, 2))).toBeUndefined();
  });

  test('refuses a buffer that is too short, by name', async ({ gpu }) => {
    const create = await createClassProbabilities(gpu.host, { queries: 5, classes: 6 });
    const [logits, probabilities] = [gpu.buffer(4 * 34), gpu.buffer(4 * 64)];
    expect(() => create({ logits, probabilities })).toThrow(
      'class-probabilities: logits: needs 140 bytes, got 136',
    );
  });
});
