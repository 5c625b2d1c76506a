/** A decoded photo. Whoever decoded it closes the bitmap. */
export interface Picture {
  readonly bitmap: ImageBitmap;
  /** File name without its ending, for what is saved. */
  readonly name: string;
  readonly fileName: string;
  /** What it shows or is called, in words. */
  readonly title: string;
}

/**
 * Longest side in pixels. Larger photos are shrunk: the network sees far fewer pixels anyway, and
 * phones would run out of memory on their own 48-megapixel photos.
 */
const MAX_SIDE = 2048;

/**
 * Decodes a file or a fetched photo, upright as its EXIF says.
 * @throws Error with a sentence for people if it is not a picture that this browser reads
 */
export async function decode(blob: Blob, fileName: string, title: string): Promise<Picture> {
  const bitmap = await createImageBitmap(blob).catch((cause: unknown) => {
    throw new Error(
      `“${fileName}” is not a picture that this browser can open. Try a JPEG, PNG, WebP or AVIF file.`,
      { cause },
    );
  });
  return { bitmap: await shrink(bitmap), name: pictureName(fileName), fileName, title };
}

/** A file name without its ending. */
export function pictureName(fileName: string): string {
  return fileName.replace(/\.\w+$/, '');
}

async function shrink(bitmap: ImageBitmap): Promise<ImageBitmap> {
  const factor = MAX_SIDE / Math.max(bitmap.width, bitmap.height);
  if (factor >= 1) return bitmap;
  const small = await createImageBitmap(bitmap, {
    resizeWidth: Math.max(1, Math.round(bitmap.width * factor)),
    resizeHeight: Math.max(1, Math.round(bitmap.height * factor)),
    resizeQuality: 'high',
  });
  bitmap.close();
  return small;
}
