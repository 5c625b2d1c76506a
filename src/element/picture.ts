import { grabFrame, SpikesegError, type PixelSource, type SegmentSource } from '../index.ts';

/** What can be shown and segmented, and stays the same meanwhile. */
export type Still = Exclude<SegmentSource, HTMLVideoElement>;

/**
 * Fetches the picture at an address, as `<img>` does.
 * @param crossOrigin - as the attribute of `<img>`: pictures of other origins need it to be read
 * @throws SpikesegError `image-invalid`
 */
export async function fetchPicture(
  src: string,
  crossOrigin: string | null,
): Promise<HTMLImageElement> {
  const image = new Image();
  image.crossOrigin = crossOrigin;
  image.src = src;
  await image.decode().catch((cause: unknown) => {
    throw new SpikesegError(
      'image-invalid',
      `${image.src} could not be loaded: expected a picture that this browser can show`,
      { cause },
    );
  });
  return image;
}

/**
 * Shows a picture on a canvas, which takes its size; not if the signal is aborted meanwhile.
 * @throws SpikesegError `image-invalid`
 */
export async function showPicture(
  canvas: HTMLCanvasElement,
  picture: Still,
  signal: AbortSignal,
): Promise<void> {
  try {
    const bitmap = await createImageBitmap(isPixels(picture) ? toImageData(picture) : picture);
    if (signal.aborted) {
      bitmap.close();
      return;
    }
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext('bitmaprenderer')?.transferFromImageBitmap(bitmap);
  } catch (cause) {
    throw new SpikesegError(
      'image-invalid',
      'the picture cannot be shown: expected a picture that this browser can decode',
      { cause },
    );
  }
}

/** Of a video, the frame that it shows now. The caller closes what is not `source` itself. */
export async function still(source: SegmentSource): Promise<Still> {
  return source instanceof HTMLVideoElement ? grabFrame(source) : source;
}

function isPixels(picture: Still): picture is PixelSource {
  return 'data' in picture && !(picture instanceof ImageData);
}

function toImageData({ data, width, height }: PixelSource): ImageData {
  return new ImageData(Uint8ClampedArray.from(data), width, height);
}
