import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import {
  allowCameras,
  camera,
  countReads,
  denyCameras,
  SAMPLES,
  setHidden,
  startCamera,
  test,
  track,
  watchCameras,
} from './camera.ts';
import { expect, LAKE, SLOW, type DemoPage } from './demo-page.ts';
import { readPalettePng } from './palette-png.ts';

test('segments what the camera sees, from a click until it is stopped', async ({ demo }) => {
  const { page } = demo;
  expect(await camera(demo)).toEqual({ paused: true });
  await expect(page.locator('#live')).toBeHidden();
  const reads = await countReads(demo);
  await startCamera(demo);
  expect(await reads()).toBeGreaterThan(1);
  expect(await camera(demo)).toEqual({ state: 'live', paused: false });
  await expect(demo.view).toHaveAccessibleName('Segmented photo: Camera');
  await expect(page.locator('#photo')).toHaveJSProperty('width', 320);
  await expect(demo.row('background').locator('.share')).toHaveText(/^\d+/);
  await expect(page.locator('.thumb[aria-pressed=true]')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Stop' })).toBeFocused();

  await page.keyboard.press('Enter');
  await expect(page.locator('#live')).toBeHidden();
  await expect(demo.result).toHaveText(/^\d class(es)? in /);
  expect(await camera(demo)).toEqual({ paused: true });
});

test('lets go of the camera while the tab is hidden', async ({ demo }) => {
  const { page } = demo;
  await startCamera(demo);
  const first = await track(demo);
  const { deviceId } = await first.evaluate((camera) => camera.getSettings());
  const asked = await watchCameras(demo);
  await setHidden(demo, true);
  await expect(page.locator('#live-state')).toHaveText('Camera is off while the tab is hidden');
  expect(await first.evaluate((camera) => camera.readyState)).toBe('ended');
  expect(await camera(demo)).toEqual({ paused: true });

  await setHidden(demo, false);
  await expect(page.locator('#live-state')).toHaveText('Camera is on');
  await expect(page.locator('#live-pace')).toHaveText('measuring …');
  await expect(page.locator('#live-pace')).toHaveText(/frames\/s/, SLOW);
  expect(await camera(demo)).toEqual({ state: 'live', paused: false });
  expect(await asked()).toMatchObject([{ video: { deviceId: { exact: deviceId } } }]);
  await expect(page.getByRole('button', { name: 'Stop' })).toBeFocused();
});

test('opens no camera that was stopped, or for who is away', async ({ demo }) => {
  const { page } = demo;
  await startCamera(demo);
  const asked = await watchCameras(demo);
  await setHidden(demo, true);
  await page.getByRole('button', { name: 'Stop' }).click();
  await setHidden(demo, false);
  await expect(page.locator('#live')).toBeHidden();
  expect(await asked()).toEqual([]);

  await setHidden(demo, true);
  await page.getByRole('button', { name: 'Camera', exact: true }).click();
  // The words are still those of before until the browser has given a camera.
  await expect(page.locator('#live')).toBeVisible();
  await expect(page.locator('#live-state')).toHaveText('Camera is off while the tab is hidden');
  expect(await camera(demo)).toEqual({ paused: true });
  await setHidden(demo, false);
  await expect(page.locator('#live-state')).toHaveText('Camera is on');
  await expect.poll(() => camera(demo)).toEqual({ state: 'live', paused: false });
  await setHidden(demo, true);
  await setHidden(demo, false);
  await setHidden(demo, true);
  await expect.poll(async () => (await asked()).length).toBe(3);
  expect(await camera(demo)).toEqual({ paused: true });
  await setHidden(demo, false);
  await expect.poll(() => camera(demo)).toEqual({ state: 'live', paused: false });
  await page.getByRole('button', { name: 'Stop' }).click();
});

test('turns the camera off when a photo is chosen', async ({ demo }) => {
  await startCamera(demo);
  await demo.segmentAfter(LAKE, () => demo.sample(LAKE).click());
  await expect(demo.page.locator('#live')).toBeHidden();
  expect(await camera(demo)).toEqual({ paused: true });
});

test('tells why there is no camera', async ({ demo }) => {
  const { page } = demo;
  await startCamera(demo);
  await page.locator('#live-video').evaluate((video: HTMLVideoElement) => {
    const stream = video.srcObject;
    if (stream instanceof MediaStream) stream.getTracks()[0]?.dispatchEvent(new Event('ended'));
  });
  await expect(demo.notice).toContainText('The camera is gone');
  await expect(page.locator('#live')).toBeHidden();

  await denyCameras(demo, 'NotAllowedError');
  await page.getByRole('button', { name: 'Camera', exact: true }).click();
  await expect(demo.notice).toContainText('The camera was not allowed. Allow it by');
  await expect(page.locator('#live')).toBeHidden();

  await allowCameras(demo);
  await page.getByRole('button', { name: 'Camera', exact: true }).click();
  await expect(page.locator('#live')).toBeVisible();
  await expect(page.locator('#live-state')).toHaveText('Camera is on');
  await setHidden(demo, true);
  await denyCameras(demo, 'NotReadableError');
  await setHidden(demo, false);
  await expect(demo.notice).toContainText('The camera gives no picture. Another program may');
  await expect(page.locator('#live')).toBeHidden();
  await allowCameras(demo);
});

test('records what it shows, and plays a video', async ({ demo }) => {
  const { page } = demo;
  await startCamera(demo);
  await page.getByRole('combobox', { name: 'Effect' }).selectOption('Colour behind');
  await page.getByRole('button', { name: 'Record' }).click();
  await expect(page.getByRole('button', { name: 'End recording' })).toBeVisible();
  // However soon it ends, there is a picture in it.
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'End recording' }).click();
  const film = await readFile(await (await download).path());
  expect(film.subarray(0, 4).toString('hex')).toBe('1a45dfa3');
  await page.getByRole('combobox', { name: 'Effect' }).selectOption('None');
  await page.getByRole('button', { name: 'Stop' }).click();

  const input = page.locator('#file');
  await input.setInputFiles({ name: 'film.webm', mimeType: 'video/webm', buffer: film });
  await expect(page.locator('#live-state')).toHaveText('Playing film.webm');
  await expect(page.locator('#live-pace')).toHaveText(/frames\/s/, SLOW);
  await expect(demo.view).toHaveAccessibleName('Segmented photo: film.webm');
  await setHidden(demo, true);
  await expect(page.locator('#live-state')).toHaveText('Paused while the tab is hidden');
  expect(await camera(demo)).toEqual({ paused: true });
  await setHidden(demo, false);
  await expect(page.locator('#live-state')).toHaveText('Playing film.webm');
  await expect(page.locator('#live-pace')).toHaveText(/frames\/s/, SLOW);
  await page.getByRole('button', { name: 'Stop' }).click();

  await input.setInputFiles({
    name: 'broken.mp4',
    mimeType: 'video/mp4',
    buffer: Buffer.from('no'),
  });
  await expect(demo.notice).toContainText('“broken.mp4” is not a video');
});

test('shows a film of a single picture', async ({ demo }) => {
  const { page } = demo;
  const film = await page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('2d');
    const recorder = new MediaRecorder(canvas.captureStream(), { mimeType: 'video/webm' });
    const chunks: Blob[] = [];
    recorder.addEventListener('dataavailable', ({ data }) => chunks.push(data));
    const stopped = new Promise((resolve) => recorder.addEventListener('stop', resolve));
    recorder.start(10);
    const drawing = setInterval(() => context?.fillRect(0, 0, 9, 9), 10);
    while (!chunks.some(({ size }) => size > 0)) await new Promise((next) => setTimeout(next, 5));
    clearInterval(drawing);
    recorder.stop();
    await stopped;
    return [...new Uint8Array(await new Blob(chunks).arrayBuffer())];
  });
  await page.locator('#file').setInputFiles({
    name: 'still.webm',
    mimeType: 'video/webm',
    buffer: Buffer.from(film),
  });
  await expect(page.locator('#live-state')).toHaveText('Playing still.webm');
  await expect(demo.view).toHaveAccessibleName('Segmented photo: still.webm', SLOW);
  await expect(demo.notice).toBeHidden();
  await expect(demo.row('background').locator('.share')).toHaveText(/^\d+/, SLOW);
  await page.getByRole('button', { name: 'Stop' }).click();
});

test('cuts out exactly the mask, and softly nearly that', async ({ demo }) => {
  const { page } = demo;
  await demo.segmentAfter(LAKE, () => demo.sample(LAKE).click());
  const labels = readPalettePng(await save(demo, 'Mask'));
  await page.getByRole('combobox', { name: 'Effect' }).selectOption('Cut out');
  await expect(demo.view).toHaveAttribute('aria-busy', 'false', SLOW);
  await expect(page.locator('#overlay')).toBeHidden();

  await page.getByLabel('Soft edges').uncheck();
  const hard = await pixels(await save(demo, 'Save with effect'));
  const alpha = (image: Buffer) => Buffer.from(labels.map((_, i) => image[4 * i + 3] ?? 0));
  expect(alpha(hard).equals(Buffer.from(labels.map((label) => (label === 0 ? 0 : 255))))).toBe(
    true,
  );

  await page.getByLabel('Soft edges').check();
  const soft = alpha(await pixels(await save(demo, 'Save with effect')));
  const same = labels.filter((label, i) => (label !== 0) === (soft[i] ?? 0) >= 128).length;
  expect(same / labels.length).toBeGreaterThan(0.995);
  expect(new Set(soft).size).toBeGreaterThan(100);
});

test('changes the background or a class, and nothing else', async ({ demo }) => {
  const { page } = demo;
  await demo.show(LAKE);
  const labels = readPalettePng(await save(demo, 'Mask'));
  const photo = await pixels(join(SAMPLES, 'portrait_lake.jpg'));
  const effect = page.getByRole('combobox', { name: 'Effect' });
  /** Share of the pixels of these classes that are the photo's own, give or take a step of a decoder. */
  const untouched = async (of: (label: number) => boolean) => {
    const image = await pixels(await save(demo, 'Save with effect'));
    const inside = [...labels.keys()].filter((i) => of(labels[i] ?? 0));
    const same = inside.filter((i) =>
      [0, 1, 2].every((c) => Math.abs((image[4 * i + c] ?? 0) - (photo[4 * i + c] ?? 0)) <= 3),
    );
    return same.length / inside.length;
  };
  const person = (label: number) => label !== 0;
  const background = (label: number) => label === 0;
  const hair = (label: number) => label === 1;

  await effect.selectOption('Colour behind');
  await page.getByLabel('Soft edges').uncheck();
  await page.getByLabel('Colour', { exact: true }).fill('#123456');
  expect(await untouched(person)).toBe(1);
  const [first, second, third] = await pixels(await save(demo, 'Save with effect'));
  expect([first, second, third]).toEqual([0x12, 0x34, 0x56]);

  await effect.selectOption('Blur the background');
  expect(await untouched(person)).toBe(1);
  expect(await untouched(background)).toBeLessThan(0.6);

  await effect.selectOption('Picture behind');
  await page.locator('#effect-file').setInputFiles(join(SAMPLES, 'doctor.jpg'));
  await expect.poll(() => untouched(background)).toBeLessThan(0.2);
  expect(await untouched(person)).toBe(1);

  await effect.selectOption('Recolour a class');
  await page.getByLabel('Hue').fill('120');
  expect(await untouched(hair)).toBeLessThan(0.2);
  expect(await untouched((label) => label !== 1)).toBe(1);
  await effect.selectOption('None');
  await expect(page.locator('#overlay')).toBeVisible();
});

test('asks nothing of other origins, and the browser finds nothing to complain about', ({
  demo,
}) => {
  expect(demo.foreignRequests).toEqual([]);
  expect(demo.complaints).toEqual([]);
});

async function save({ page }: DemoPage, button: string): Promise<Buffer> {
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: button, exact: true }).click();
  return readFile(await (await download).path());
}

/** RGBA of a picture. */
function pixels(picture: Buffer | string): Promise<Buffer> {
  return sharp(picture).ensureAlpha().raw().toBuffer();
}
