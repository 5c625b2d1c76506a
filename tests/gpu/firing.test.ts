import { describe, expect } from 'vitest';
import { createFiring } from '../../src/kernels/firing.ts';
import { firing } from '../../src/reference/firing.ts';
import { packSpikes } from '../../src/reference/maps.ts';
import { firstDifference } from '../support/compare.ts';
import { test } from '../support/gpu.ts';
import { spikeCounts } from '../support/random.ts';

describe('firing', () => {
  test.for([
    { height: 1, width: 1, channels: 1, levels: 1 },
    { height: 1, width: 20, channels: 64, levels: 4 },
    { height: 5, width: 9, channels: 17, levels: 15 }, // ragged tile, block and chunk
    { height: 7, width: 33, channels: 16, levels: 5 },
    { height: 33, width: 63, channels: 8, levels: 8 }, // more than a workgroup
    { height: 3, width: 16, channels: 100, levels: 15 },
  ])('equals the reference, exactly: %o', async ({ height, width, channels, levels }, { gpu }) => {
    const [stride, offset, at] = [channels + 3, 2, 5];
    const counts = spikeCounts(height * width * stride, levels, 0.4);
    const input = { height, width, channels, stride, offset };
    const want = firing({ counts, ...input });
    const sums = gpu.buffer(4 * (at + want.length));
    const spikes = gpu.buffer(packSpikes(counts, { height, width, channels: stride }));
    const create = await createFiring(gpu.host, { input, levels, at });
    await gpu.run(create({ spikes, sums }));
    expect(firstDifference((await gpu.readU32(sums)).subarray(at), want)).toBeUndefined();
  });

  test('holds the largest sums: every unit of 16 channels saturated', async ({ gpu }) => {
    const input = { height: 2, width: 64, channels: 32, stride: 32, offset: 0 };
    const counts = new Uint8Array(2 * 64 * 32).fill(15);
    const want = firing({ counts, ...input });
    const sums = gpu.buffer(4 * want.length);
    const create = await createFiring(gpu.host, { input, levels: 15 });
    await gpu.run(create({ spikes: gpu.buffer(packSpikes(counts, input)), sums }));
    expect(firstDifference(await gpu.readU32(sums), want)).toBeUndefined();
  });

  test('adds to what is there, and leaves what is before', async ({ gpu }) => {
    const input = { height: 1, width: 8, channels: 2 };
    const spikes = gpu.buffer(Uint32Array.of(0x2001_0003, 0));
    const sums = gpu.buffer(Uint32Array.of(7, ...new Array<number>(16 + 2 + 4).fill(1)));
    const dispatch = (await createFiring(gpu.host, { input, levels: 3, at: 1 }))({ spikes, sums });
    await gpu.run(dispatch, dispatch);
    const histogram = [1, 3, 3, 3, ...new Array<number>(12).fill(1)];
    const map = [6 + 1, 1, 2 + 1, (4 << 16) + 1]; // two pixels in each
    const want = [7, ...histogram, 13, 1, ...map];
    expect([...(await gpu.readU32(sums))]).toEqual(want);
  });

  test('refuses a buffer that is too short, by name', async ({ gpu }) => {
    const input = { height: 1, width: 8, channels: 4 };
    const create = await createFiring(gpu.host, { input, levels: 4 });
    expect(() => create({ spikes: gpu.buffer(16), sums: gpu.buffer(4) })).toThrow(
      'firing: sums: needs 96 bytes, got 4',
    );
  });
});
