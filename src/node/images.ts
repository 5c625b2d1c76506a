import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type sharp from 'sharp';
import { SpikesegError } from '../errors.ts';
import { refuse } from './files.ts';
import type { LabelMap } from './label-png.ts';

type SharpFactory = typeof sharp;

/** Pixels in memory: RGBA, 8 bits each, row-major. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** How much of the photo shows through an overlay. */
const PHOTO_SHARE = 0.5;

/** Reads and writes picture files. */
export class ImageFiles {
  readonly #sharp: SharpFactory;

  private constructor(sharp: SharpFactory) {
    this.#sharp = sharp;
  }

  /** @throws SpikesegError `network` if the package `sharp` is not installed */
  static async open(): Promise<ImageFiles> {
    const module = await import('sharp').catch((cause: unknown) => {
      throw new SpikesegError(
        'network',
        'pictures are read by the package "sharp", which is not installed: run "npm install sharp"',
        { cause },
      );
    });
    return new ImageFiles(module.default);
  }

  /**
   * Decodes a picture, turned as its EXIF data say, in sRGB. Of an animation, the first frame.
   * @throws SpikesegError `image-invalid`
   */
  async read(path: string): Promise<Pixels> {
    const decoding = this.#sharp(path, { failOn: 'error' })
      .autoOrient()
      .toColourspace('srgb')
      .ensureAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const { data, info } = await decoding.catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new SpikesegError('image-invalid', `${path} cannot be decoded: ${reason}`, { cause });
    });
    return { width: info.width, height: info.height, data: Uint8ClampedArray.from(data) };
  }

  /**
   * Writes the photo with the colours of the classes laid over it, in the format that the path's
   * extension names.
   * - `colors`: `#rrggbb` of each class
   * @throws SpikesegError `network` if it cannot be written
   */
  async writeOverlay(
    path: string,
    { width, height, data }: Pixels,
    { labels }: LabelMap,
    colors: readonly string[],
  ): Promise<void> {
    const rgb = colors.map((color) => Buffer.from(color.slice(1), 'hex'));
    const blended = new Uint8ClampedArray(3 * width * height);
    labels.forEach((label, pixel) => {
      for (let c = 0; c < 3; c++) {
        const [photo, color] = [data[4 * pixel + c] ?? 0, rgb[label]?.[c] ?? 0];
        blended[3 * pixel + c] = PHOTO_SHARE * photo + (1 - PHOTO_SHARE) * color;
      }
    });
    const raw = { width, height, channels: 3 } as const;
    await mkdir(dirname(path), { recursive: true }).catch(refuse(dirname(path), 'written'));
    await this.#sharp(blended, { raw }).toFile(path).catch(refuse(path, 'written'));
  }
}
