import { describe, expect } from 'vitest';
import { createCopyExternal } from '../../src/kernels/copy-external.ts';
import { copyExternal, type Frame } from '../../src/reference/copy-external.ts';
import { firstDifference } from '../support/compare.ts';
import { test, type TestGpu } from '../support/gpu.ts';
import { noise } from '../support/pictures.ts';
import { readTexture } from '../support/read-texture.ts';

/** Bytes of noise, four a pixel. */
function frameOf(height: number, width: number): Frame {
  return { height, width, data: noise(height, 4 * width).data.subarray(0, 4 * height * width) };
}

function texture({ device }: TestGpu, { height, width }: Frame, usage: number): GPUTexture {
  return device.createTexture({ format: 'rgba8unorm', size: [width, height], usage });
}

// There are no videos here: a texture stands where a shader reads an external one.
describe('copy-external', () => {
  test.for<{ frame: [number, number]; picture: [number, number] }>([
    { frame: [1, 1], picture: [1, 1] },
    { frame: [8, 8], picture: [8, 8] }, // one full workgroup
    { frame: [7, 9], picture: [7, 9] },
    { frame: [33, 20], picture: [33, 20] },
    { frame: [16, 30], picture: [9, 17] },
  ])('equals the reference, bit for bit: %o', async ({ frame: from, picture: to }, { gpu }) => {
    const frame = frameOf(...from);
    const want = copyExternal(frame, ...to);
    const { TEXTURE_BINDING, COPY_DST, STORAGE_BINDING, COPY_SRC } = GPUTextureUsage;
    const shown = texture(gpu, frame, TEXTURE_BINDING | COPY_DST);
    const picture = texture(gpu, want, STORAGE_BINDING | COPY_SRC);
    const { device } = gpu;
    const bytes = Uint8Array.from(frame.data);
    device.queue.writeTexture({ texture: shown }, bytes, { bytesPerRow: 4 * frame.width }, [
      frame.width,
      frame.height,
    ]);
    const bind = await createCopyExternal(gpu.host);
    await gpu.run(bind({ frame: shown.createView(), picture }));
    expect(firstDifference(await readTexture(gpu.device, picture), want.data)).toBeUndefined();
    shown.destroy();
    picture.destroy();
  });
});
