import { isTurned } from '../engine/picture.ts';
import { SpikesegError } from '../errors.ts';

/** Milliseconds that a frame may take from being announced to being readable, and between looks. */
const [PATIENCE, EVERY] = [5000, 10];

/**
 * The frame that a video shows now, so that what is segmented is what is drawn. A `VideoFrame` where
 * it costs no copy, else an `ImageBitmap`; upright. The caller owns and closes it. A video that has
 * just begun is waited for: Chromium announces its first frame before that can be read.
 * @throws SpikesegError `image-invalid` if the video has no frame yet, or may not be read
 */
export async function grabFrame(video: HTMLVideoElement): Promise<VideoFrame | ImageBitmap> {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
    throw new SpikesegError(
      'image-invalid',
      'the video has no frame yet: wait for its "loadeddata" event',
    );
  }
  const end = performance.now() + PATIENCE;
  for (;;) {
    try {
      return wholeFrame(video) ?? (await createImageBitmap(video));
    } catch (error) {
      const early = error instanceof DOMException && error.name === 'InvalidStateError';
      if (!early || performance.now() > end) refuse(error);
      await new Promise((resolve) => setTimeout(resolve, EVERY));
    }
  }
}

/** Undefined where there are none, or they lie on their side. */
function wholeFrame(video: HTMLVideoElement): VideoFrame | undefined {
  if (typeof VideoFrame === 'undefined') return undefined;
  try {
    const frame = new VideoFrame(video);
    const { displayWidth, displayHeight } = frame;
    const whole = displayWidth === video.videoWidth && displayHeight === video.videoHeight;
    if (whole && !isTurned(frame)) return frame;
    frame.close();
  } catch {
    // Some browsers make none of a video that plays; a bitmap they can.
  }
  return undefined;
}

function refuse(cause: unknown): never {
  throw new SpikesegError(
    'image-invalid',
    'the video cannot be read: is it of another origin, sent without CORS?',
    { cause },
  );
}
