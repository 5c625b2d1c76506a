import type { Picture } from '../engine/picture.ts';
import { SpikesegError } from '../errors.ts';
import type { PixelSource, SegmentSource } from './api.ts';
import { grabFrame } from './frame.ts';

const DECODING: ImageBitmapOptions = { imageOrientation: 'from-image', premultiplyAlpha: 'none' };

/**
 * Decodes a source. It stays as it was: what is handed on is a copy.
 * @throws SpikesegError `image-invalid` if it holds no picture (yet), `invalid-argument` if it is
 * none of the kinds that can
 */
export async function toPicture(source: SegmentSource): Promise<Picture> {
  if (isPixels(source)) return pixels(source);
  if (typeof VideoFrame !== 'undefined' && source instanceof VideoFrame) {
    return fromImage(source.clone());
  }
  if (typeof HTMLVideoElement !== 'undefined' && source instanceof HTMLVideoElement) {
    return fromImage(await grabFrame(source));
  }
  if (typeof createImageBitmap === 'undefined' || !isDrawable(source)) {
    throw new SpikesegError(
      'invalid-argument',
      `cannot segment ${describe(source)}: give pixels as { data, width, height } with RGBA bytes` +
        (typeof createImageBitmap === 'undefined'
          ? ''
          : ', a Blob, ImageBitmap, image, canvas, video or VideoFrame'),
    );
  }
  await expectReady(source);
  const image = await createImageBitmap(source, DECODING).catch((cause: unknown) => {
    throw new SpikesegError(
      'image-invalid',
      `${describe(source)} cannot be decoded: expected a picture that this browser can show`,
      { cause },
    );
  });
  return fromImage(image);
}

type Drawable = Exclude<SegmentSource, ImageData | PixelSource | VideoFrame | HTMLVideoElement>;

/** By its shape, so that Node, which has no `ImageData`, can give pixels too. */
function isPixels(source: SegmentSource): source is PixelSource {
  return typeof source === 'object' && 'data' in source && 'width' in source;
}

function pixels({ data, width, height }: PixelSource): Picture {
  if (
    !(data instanceof Uint8ClampedArray || data instanceof Uint8Array) ||
    !(width > 0 && height > 0) ||
    data.length !== 4 * width * height
  ) {
    throw new SpikesegError(
      'image-invalid',
      `pixels of ${width} × ${height} must come as ${4 * width * height} RGBA bytes, 8 bits each`,
    );
  }
  return { kind: 'pixels', width, height, data: data.slice() };
}

function fromImage(image: ImageBitmap | VideoFrame): Picture {
  const [width, height] =
    'displayWidth' in image
      ? [image.displayWidth, image.displayHeight]
      : [image.width, image.height];
  return { kind: 'image', width, height, image };
}

function isDrawable(source: unknown): source is Drawable {
  return ['Blob', 'ImageBitmap', 'HTMLImageElement', 'HTMLCanvasElement', 'OffscreenCanvas'].some(
    (name) => {
      const constructor: unknown = Reflect.get(globalThis, name);
      return typeof constructor === 'function' && source instanceof constructor;
    },
  );
}

async function expectReady(source: Drawable): Promise<void> {
  if (typeof HTMLImageElement !== 'undefined' && source instanceof HTMLImageElement) {
    await source.decode().catch((cause: unknown) => {
      throw new SpikesegError(
        'image-invalid',
        `the image ${source.currentSrc || 'without a source'} could not be loaded`,
        { cause },
      );
    });
  }
}

function describe(source: unknown): string {
  if (typeof Blob !== 'undefined' && source instanceof Blob) {
    const name = 'name' in source && typeof source.name === 'string' ? `${source.name}, ` : '';
    return `the file (${name}${source.type || 'unknown type'}, ${source.size} bytes)`;
  }
  return typeof source === 'object' && source !== null
    ? `a ${source.constructor.name}`
    : `a ${typeof source}`;
}
