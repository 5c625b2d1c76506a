import source from '../../shaders/copy-external.wgsl?raw';
import { bindDispatch, type Dispatch, type KernelHost } from './kernel.ts';

/** All borrowed. */
export interface CopyExternalBuffers {
  /** Opaque; no smaller than the picture. Expires: bind and submit it in the task that imports it. */
  readonly frame: GPUExternalTexture | GPUTextureView;
  /** `rgba8unorm`, to be bound as storage. */
  readonly picture: GPUTexture;
}

/**
 * Copies the upper left of a video's frame to a texture, in sRGB. Where the frame is YUV, its pixels
 * are, bit for bit, those of Chromium's `copyExternalImageToTexture`.
 *
 * @throws SpikesegError `shader-compile`, also where the browser has no external textures
 * @see shaders/copy-external.wgsl, and src/reference/copy-external.ts for the same on the CPU
 */
export async function createCopyExternal(
  host: KernelHost,
): Promise<(buffers: CopyExternalBuffers) => Dispatch> {
  const pipeline = await host.pipeline({ name: 'copy-external', source });
  return ({ frame, picture }) => {
    const grid = [Math.ceil(picture.width / SIDE), Math.ceil(picture.height / SIDE)] as const;
    return bindDispatch(host, pipeline, [frame, picture.createView()], grid);
  };
}

const SIDE = 8; // of a workgroup, in pixels
