/** A decoded picture on its way to the GPU. */
export type Picture = PixelPicture | ImagePicture;

/** Pixels in memory; exact on every platform. */
export interface PixelPicture {
  readonly kind: 'pixels';
  readonly width: number;
  readonly height: number;
  /** RGBA, 8 bits each, row-major; alpha is ignored. */
  readonly data: Uint8Array<ArrayBuffer> | Uint8ClampedArray<ArrayBuffer>;
}

/** A picture that the browser decoded, perhaps on the GPU already. Whoever takes it closes it. */
export interface ImagePicture {
  readonly kind: 'image';
  readonly width: number;
  readonly height: number;
  readonly image: ImageBitmap | VideoFrame;
}

/** Whether a frame lies on its side or mirrored, as phones store what they film upright. */
export function isTurned(frame: VideoFrame): boolean {
  const rotated = 'rotation' in frame && frame.rotation !== 0;
  return rotated || ('flip' in frame && frame.flip === true);
}
