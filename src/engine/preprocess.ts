import { STORAGE, type BufferPool } from '../gpu/buffers.ts';
import type { Dispatch, KernelHost } from '../kernels/kernel.ts';
import { createResample, resampleRowsBytes } from '../kernels/resample.ts';
import type { Fit } from '../model/fit.ts';
import type { Preprocessing } from '../model/manifest.ts';
import { resampleTable } from '../model/resample-table.ts';
import type { Size } from '../model/shapes.ts';
import type { Picture } from './picture.ts';
import { Uploader } from './upload.ts';

/** Takes pictures of one size to the network's input. Its buffers belong to the pool given. */
export class Preprocess {
  readonly record: Dispatch;
  readonly #uploader: Uploader;
  readonly #texture: GPUTexture;

  private constructor(host: KernelHost, texture: GPUTexture, record: Dispatch) {
    this.#uploader = new Uploader(host);
    this.#texture = texture;
    this.record = record;
  }

  /** `input` is the network's: f32 [H][W][3], normalised RGB. Borrowed. */
  static async create(
    host: KernelHost,
    pool: BufferPool,
    source: Size,
    { content, input: padded }: Fit,
    { antialias, mean, std }: Preprocessing,
    input: GPUBuffer,
  ): Promise<Preprocess> {
    const x = resampleTable(source.width, content.width, antialias);
    const y = resampleTable(source.height, content.height, antialias);
    const options = { source, content, input: padded, antialias, mean, std };
    const bind = await createResample(host, { ...options, taps: { x: x.taps, y: y.taps } });
    const texture = host.device.createTexture({
      label: 'picture',
      format: 'rgba8unorm',
      size: [source.width, source.height],
      usage:
        GPUTextureUsage.TEXTURE_BINDING |
        GPUTextureUsage.STORAGE_BINDING |
        GPUTextureUsage.COPY_DST |
        GPUTextureUsage.RENDER_ATTACHMENT,
    });
    const record = bind({
      source: texture.createView(),
      x: {
        starts: pool.upload('columns', x.starts),
        coefficients: pool.upload('columns', x.coefficients),
      },
      y: {
        starts: pool.upload('rows', y.starts),
        coefficients: pool.upload('rows', y.coefficients),
      },
      rows: pool.create('resampled rows', resampleRowsBytes(source, content), STORAGE),
      input,
    });
    return new Preprocess(host, texture, record);
  }

  /**
   * Queues the copy of a picture of the right size to the GPU.
   * @throws SpikesegError `image-invalid`
   */
  upload(picture: Picture): Promise<void> {
    return this.#uploader.upload(picture, this.#texture);
  }

  destroy(): void {
    this.#texture.destroy();
  }
}
