import { grabFrame } from '../../src/index.ts';

/** A frame of a video, and when it was taken, in milliseconds. Whoever has it closes it. */
export interface LiveFrame {
  readonly image: VideoFrame | ImageBitmap;
  readonly taken: number;
  close(): void;
}

/** Longest side in pixels. Larger frames are shrunk, so that their overlays are painted in time. */
const MAX_SIDE = 1280;

/** @throws SpikesegError `image-invalid` if the video has no frame */
export async function grab(video: HTMLVideoElement): Promise<LiveFrame> {
  const taken = performance.now();
  const { videoWidth: width, videoHeight: height } = video;
  const frame = await grabFrame(video);
  const factor = MAX_SIDE / Math.max(width, height);
  if (factor >= 1) return { image: frame, taken, close: () => frame.close() };
  const image = await createImageBitmap(frame, {
    resizeWidth: Math.round(width * factor),
    resizeHeight: Math.round(height * factor),
  }).finally(() => frame.close());
  return { image, taken, close: () => image.close() };
}
