import { SpikesegError } from '../errors.ts';
import { createCopyExternal } from '../kernels/copy-external.ts';
import type { KernelHost } from '../kernels/kernel.ts';
import { isTurned, type ImagePicture, type PixelPicture } from './picture.ts';

/** Queues a copy to the upper left of a texture. */
type Copy = (texture: GPUTexture) => void;

/** Makes a picture ready to be copied; undefined if this is no way for it. */
type Way = (picture: ImagePicture, host: KernelHost) => MaybePromise<Copy | undefined>;
type MaybePromise<T> = T | Promise<T>;

/** The fastest first. */
const WAYS: readonly Way[] = [readExternally, copyImage, copyBitmap, copyPixels];

/** Copies pictures to textures in the fastest way that works, which it remembers. */
export class Uploader {
  readonly #host: KernelHost;
  #ways = WAYS;

  constructor(host: KernelHost) {
    this.#host = host;
  }

  /**
   * Queues the copy of a picture to the upper left of a texture, once the GPU has accepted it.
   * @param texture - rgba8unorm, to be copied to, drawn on, and bound as storage
   * @throws SpikesegError `image-invalid` if there is no way
   */
  async upload(picture: ImagePicture | PixelPicture, texture: GPUTexture): Promise<void> {
    if (picture.kind === 'pixels') {
      write(this.#host.device, picture, texture);
      return;
    }
    let cause: unknown;
    for (const way of this.#ways) {
      try {
        const copy = await way(picture, this.#host);
        if (!copy) continue;
        cause = await this.#refusal(copy, texture);
        if (!cause) return;
      } catch (error) {
        cause = error;
      }
      this.#ways = this.#ways.filter((other) => other !== way);
    }
    this.#ways = WAYS;
    throw new SpikesegError(
      'image-invalid',
      `a picture of ${picture.width} × ${picture.height} could not be copied to the GPU: give it as ImageData`,
      { cause },
    );
  }

  /** Queues a copy. Why the GPU refuses it, or this browser at once: else undefined. */
  async #refusal(copy: Copy, texture: GPUTexture): Promise<unknown> {
    const { device } = this.#host;
    // Push and pop in one tick: scopes are a stack per device.
    device.pushErrorScope('validation');
    let thrown: unknown;
    try {
      copy(texture);
    } catch (error) {
      thrown = error;
    }
    return (await device.popErrorScope()) ?? thrown;
  }
}

/** For frames: upright, and without an alpha, by which they would come multiplied. */
async function readExternally(
  { image }: ImagePicture,
  host: KernelHost,
): Promise<Copy | undefined> {
  if (!('format' in image) || isTurned(image) || /[AX]/.test(image.format ?? '')) return undefined;
  const bind = await createCopyExternal(host);
  const { device } = host;
  return (picture) => {
    const dispatch = bind({ frame: device.importExternalTexture({ source: image }), picture });
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass({ label: 'copy-external' });
    dispatch(pass);
    pass.end();
    device.queue.submit([encoder.finish()]);
  };
}

function copyImage({ image, width, height }: ImagePicture, { device }: KernelHost): Copy {
  return (texture) =>
    device.queue.copyExternalImageToTexture({ source: image }, { texture }, [width, height]);
}

/** Not every WebGPU takes frames of a video, nor frames of every camera. */
async function copyBitmap(picture: ImagePicture, host: KernelHost): Promise<Copy> {
  const image = await createImageBitmap(picture.image);
  const copy = copyImage({ ...picture, image }, host);
  return (texture) => {
    try {
      copy(texture);
    } finally {
      image.close();
    }
  };
}

/** Through memory, which every browser can. */
function copyPixels({ image, width, height }: ImagePicture, { device }: KernelHost): Copy {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new SpikesegError('image-invalid', 'this browser gives no 2D canvas');
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  return (texture) => write(device, { kind: 'pixels', data, width, height }, texture);
}

function write(
  device: GPUDevice,
  { data, width, height }: PixelPicture,
  texture: GPUTexture,
): void {
  device.queue.writeTexture({ texture }, data, { bytesPerRow: 4 * width }, [width, height]);
}
