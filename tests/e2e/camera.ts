import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LaunchOptions } from '@playwright/test';
import { writeY4m } from '../support/y4m.ts';
import { expect, SLOW, test as base, type DemoPage } from './demo-page.ts';

export const SAMPLES = join(import.meta.dirname, '../../demo/public/samples');

/** Chromium's fake camera sees two of the samples, a second each. */
export const test = base.extend<object, { launchOptions: LaunchOptions }>({
  launchOptions: [
    async ({ launchOptions }, use) => {
      const folder = await mkdtemp(join(tmpdir(), 'spikeseg-'));
      const film = join(folder, 'camera.y4m');
      await writeY4m(film, {
        scenes: ['portrait_lake.jpg', 'doctor.jpg'].map((file) => join(SAMPLES, file)),
        width: 320,
        height: 214,
        framesPerSecond: 15,
        framesPerScene: 15,
      });
      const args = [...(launchOptions.args ?? []), `--use-file-for-fake-video-capture=${film}`];
      await use({ ...launchOptions, args });
      await rm(folder, { recursive: true });
    },
    { scope: 'worker' },
  ],
});

/** Turns the camera on and waits for its pace. */
export async function startCamera({ page }: DemoPage): Promise<void> {
  await page.getByRole('button', { name: 'Camera', exact: true }).click();
  // Until there is a camera, its row is hidden, with the words of the last one.
  await expect(page.locator('#live')).toBeVisible();
  await expect(page.locator('#live-state')).toHaveText('Camera is on');
  await page.getByLabel('Size of the network').selectOption({ index: 2 });
  await expect(page.locator('#live-pace')).toHaveText(
    /^[\d.]+ frames\/s, [\d.]+\s(ms|s) behind$/,
    SLOW,
  );
}

/** The state of the camera's track and of the video that shows it. */
export function camera({ page }: DemoPage) {
  return page.locator('#live-video').evaluate((video: HTMLVideoElement) => {
    const stream = video.srcObject;
    const [track] = stream instanceof MediaStream ? stream.getTracks() : [];
    return { state: track?.readyState, paused: video.paused };
  });
}

/** The track that the video shows. */
export function track({ page }: DemoPage) {
  return page.locator('#live-video').evaluateHandle((video: HTMLVideoElement) => {
    const [shown] = video.srcObject instanceof MediaStream ? video.srcObject.getTracks() : [];
    if (shown === undefined) throw new TypeError('the video shows no camera');
    return shown;
  });
}

/** From now on, how often the worker reads a frame as an external texture. */
export async function countReads({ page }: DemoPage) {
  const reads = await page.workers()[0]?.evaluateHandle(() => {
    const counted = { reads: 0 };
    const importExternal = Reflect.get(GPUDevice.prototype, 'importExternalTexture');
    GPUDevice.prototype.importExternalTexture = function (descriptor) {
      counted.reads++;
      return importExternal.call(this, descriptor);
    };
    return counted;
  });
  return async () => (await reads?.jsonValue())?.reads;
}

/** From now on, what is asked of cameras. */
export async function watchCameras({ page }: DemoPage) {
  const asked = await page.evaluateHandle(() => {
    const list: (MediaStreamConstraints | undefined)[] = [];
    const { mediaDevices } = navigator;
    mediaDevices.getUserMedia = (wanted) => {
      list.push(wanted);
      return MediaDevices.prototype.getUserMedia.call(mediaDevices, wanted);
    };
    return list;
  });
  return () => asked.jsonValue();
}

/** Until {@link allowCameras}, no camera opens. */
export async function denyCameras({ page }: DemoPage, name: string): Promise<void> {
  await page.evaluate((reason) => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', reason));
  }, name);
}

export async function allowCameras({ page }: DemoPage): Promise<void> {
  await page.evaluate(() => Reflect.deleteProperty(navigator.mediaDevices, 'getUserMedia'));
}

export async function setHidden({ page }: DemoPage, hidden: boolean): Promise<void> {
  await page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { value, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}
