// What the page of frames.spec.ts can do: segment frames while the browser lacks something.
import { Uploader } from '../../src/engine/upload.ts';
import { BufferPool } from '../../src/gpu/buffers.ts';
import { openDevice } from '../../src/gpu/device.ts';
import { grabFrame, Segmenter, SpikesegError, type SegmentSource } from '../../src/index.ts';
import { createKernelHost } from '../../src/kernels/host.ts';
import { readTexture } from '../support/read-texture.ts';

/** How a copy to the GPU fails. */
type Refusal = 'thrown' | 'by the GPU';

const queue = GPUQueue.prototype;
const copy = Reflect.get(queue, 'copyExternalImageToTexture');
const write = Reflect.get(queue, 'writeTexture');
const device = GPUDevice.prototype;
const importExternal = Reflect.get(device, 'importExternalTexture');
/** Kinds of what was copied to textures since the last answer. */
let copied: string[] = [];
let segmenter: Segmenter | undefined;

/** From now on copies from these kinds of sources fail. */
export function refuse(kinds: readonly string[], refusal: Refusal = 'thrown'): void {
  const permit = (kind: string) => {
    if (kinds.includes(kind) && refusal === 'thrown') throw new TypeError(`no ${kind}`);
    copied.push(kind);
    return !kinds.includes(kind);
  };
  device.importExternalTexture = function (descriptor) {
    if (permit('external')) return importExternal.call(this, descriptor);
    const { source } = descriptor;
    if (!(source instanceof VideoFrame)) throw new TypeError('not a VideoFrame');
    // What a frame gave expires when that is closed.
    const frame = source.clone();
    const expired = importExternal.call(this, { source: frame });
    frame.close();
    return expired;
  };
  queue.copyExternalImageToTexture = function (info, { texture }, size) {
    const whole = permit(info.source.constructor.name);
    // No texture is so large: the GPU's process refuses what this thread lets pass.
    const beyond = [texture.width + 1, texture.height];
    copy.call(this, info, { texture }, whole ? size : beyond);
  };
  queue.writeTexture = function (...call) {
    permit('pixels');
    write.apply(this, call);
  };
}

/** Segments, and tells by which kinds of sources the picture went to the GPU. */
async function segment(source: SegmentSource) {
  segmenter ??= await Segmenter.create({ worker: false, model: '/weights/portrait/' });
  copied = [];
  try {
    const size = { width: 192, height: 192 };
    const { labels, width, height } = await segmenter.segment(source, { size });
    return { labels: [...labels], width, height, ways: copied };
  } catch (error) {
    if (error instanceof SpikesegError) return { code: error.code, ways: copied };
    throw error;
  }
}

/** Segments a frame as cameras give it: I420. */
export async function segmentFrame(planes: readonly number[], width: number, height: number) {
  const layout = { codedWidth: width, codedHeight: height, timestamp: 0 };
  const frame = new VideoFrame(Uint8Array.from(planes), { format: 'I420', ...layout });
  const result = await segment(frame);
  frame.close();
  return result;
}

/** Segments one frame of the camera as the video itself, as a frame, and without `VideoFrame`. */
export async function segmentCamera() {
  const video = document.createElement('video');
  video.muted = true;
  const early = await grabFrame(video).catch((error: unknown) => String(error));
  const stream = await navigator.mediaDevices.getUserMedia({ video: true });
  video.srcObject = stream;
  await video.play();
  video.pause();
  const itself = await segment(video);
  const frame = await grabFrame(video);
  const framed = await segment(frame);
  Reflect.deleteProperty(globalThis, 'VideoFrame');
  const looks = refuseBitmaps(2);
  const bitmap = await grabFrame(video);
  const mapped = await segment(bitmap);
  for (const track of stream.getTracks()) track.stop();
  return { early, itself, framed, mapped, looks: looks() };
}

/** As while a video's first frame is announced, but not there. @returns the bitmaps asked for */
function refuseBitmaps(refusals: number): () => number {
  const { createImageBitmap } = globalThis;
  let asked = 0;
  globalThis.createImageBitmap = (image: ImageBitmapSource) =>
    ++asked > refusals
      ? createImageBitmap(image)
      : Promise.reject(new DOMException('not yet', 'InvalidStateError'));
  return () => asked;
}

/** Copies a frame to a texture. What lies there, as RGBA bytes, and how it came there. */
export async function uploadFrame(bytes: readonly number[], init: VideoFrameBufferInit) {
  const { device: gpu } = await openDevice(navigator.gpu);
  const uploader = new Uploader(createKernelHost(gpu, new BufferPool(gpu)));
  const image = new VideoFrame(Uint8Array.from(bytes), init);
  const { displayWidth: width, displayHeight: height } = image;
  const { COPY_DST, COPY_SRC, RENDER_ATTACHMENT, STORAGE_BINDING } = GPUTextureUsage;
  const texture = gpu.createTexture({
    format: 'rgba8unorm',
    size: [width, height],
    usage: COPY_DST | COPY_SRC | RENDER_ATTACHMENT | STORAGE_BINDING,
  });
  copied = [];
  await uploader.upload({ kind: 'image', width, height, image }, texture);
  const pixels = [...(await readTexture(gpu, texture))];
  image.close();
  gpu.destroy();
  return { pixels, ways: copied };
}
