import { SpikesegError } from '../errors.ts';
import type { ImagePicture, PixelPicture } from './picture.ts';

type Copyable = ImageBitmap | VideoFrame | PixelPicture['data'];

/** What a decoded picture becomes before it is copied to the GPU; the shortest way first. */
const WAYS: readonly ((picture: ImagePicture) => Copyable | Promise<Copyable>)[] = [
  ({ image }) => image,
  // Not every WebGPU takes frames of a video, nor frames of every camera.
  ({ image }) => createImageBitmap(image),
  readPixels,
];

/** Copies pictures to textures in the shortest way that works, which it remembers. */
export class Uploader {
  readonly #device: GPUDevice;
  #way = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /**
   * Queues the copy of a picture to the upper left of a texture, once the GPU has accepted it.
   * @throws SpikesegError `image-invalid` if there is no way
   */
  async upload(picture: ImagePicture | PixelPicture, texture: GPUTexture): Promise<void> {
    const size = [picture.width, picture.height] as const;
    if (picture.kind === 'pixels') {
      this.#write(picture.data, texture, size);
      return;
    }
    let cause: unknown;
    for (let way = WAYS[this.#way]; way; way = WAYS[++this.#way]) {
      try {
        const source = await way(picture);
        cause = await this.#refusal(source, texture, size);
        if (source !== picture.image && 'close' in source) source.close();
        if (!cause) return;
      } catch (error) {
        cause = error;
      }
    }
    this.#way = 0;
    throw new SpikesegError(
      'image-invalid',
      `a picture of ${size.join(' × ')} could not be copied to the GPU: give it as ImageData`,
      { cause },
    );
  }

  /** Queues a copy. Why the GPU refuses it, or this browser at once: else undefined. */
  async #refusal(source: Copyable, texture: GPUTexture, size: readonly [number, number]) {
    const device = this.#device;
    // Push and pop in one tick: scopes are a stack per device.
    device.pushErrorScope('validation');
    let thrown: unknown;
    try {
      if ('buffer' in source) this.#write(source, texture, size);
      else device.queue.copyExternalImageToTexture({ source }, { texture }, size);
    } catch (error) {
      thrown = error;
    }
    return (await device.popErrorScope()) ?? thrown;
  }

  #write(data: PixelPicture['data'], texture: GPUTexture, size: readonly [number, number]): void {
    this.#device.queue.writeTexture({ texture }, data, { bytesPerRow: 4 * size[0] }, size);
  }
}

/** Through memory, which every browser can. */
function readPixels({ image, width, height }: ImagePicture): PixelPicture['data'] {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new SpikesegError('image-invalid', 'this browser gives no 2D canvas');
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, width, height).data;
}
