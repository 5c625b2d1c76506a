import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BufferPool } from '../../src/gpu/buffers.ts';
import { openDevice } from '../../src/gpu/device.ts';
import { Segmenter } from '../../src/index.ts';
import { openDawn } from '../../src/node/dawn.ts';
import { shared } from '../support/shared.ts';

describe('a buffer pool', () => {
  test('tells of the first buffer that the GPU refuses, with its bytes', async () => {
    const { device } = await openDevice(await openDawn());
    const pool = new BufferPool(device);
    pool.create('small', 256, GPUBufferUsage.COPY_DST);
    await expect(pool.granted()).resolves.toBeUndefined();
    // More of the largest than any GPU has room for; a whole number of words.
    const size = device.limits.maxBufferSize - (device.limits.maxBufferSize % 4);
    for (let i = 0; i < 1024; i++) pool.create(`huge ${i}`, size, GPUBufferUsage.UNIFORM);
    const attempt = pool.granted();
    await expect(attempt).rejects.toMatchObject({ code: 'out-of-memory' });
    await expect(attempt).rejects.toThrow(
      /no room for huge \d+, a buffer of \d+ bytes, beside \d+ bytes/,
    );
    pool.destroyAll();
    device.destroy();
  });
});

describe('a segmenter', () => {
  test('names the next smaller size, and goes on with it', async () => {
    const weights = readFileSync(shared('goldens', 'micro', 'weights.safetensors'));
    const checkpoint = new File([weights], 'micro.safetensors');
    const segmenter = await Segmenter.create({
      model: { checkpoint, numHeads: 4, decHeads: 2, size: { width: 96, height: 64 } },
      worker: false,
      gpu: await openDawn(),
    });
    const picture = { width: 64, height: 64, data: new Uint8Array(4 * 64 * 64) };
    const size = { width: 8192, height: 8192 };
    const attempt = segmenter.segment(picture, { size });
    await expect(attempt).rejects.toMatchObject({ code: 'out-of-memory' });
    await expect(attempt).rejects.toThrow(
      /needs a buffer of \d+ bytes.*at 8192 × 8192 takes \d+ MiB.*at 6144 × 6144, the next smaller/,
    );
    const { labels } = await segmenter.segment(picture);
    expect(labels).toHaveLength(64 * 64);
    await segmenter.dispose();
  });
});
