import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from '@playwright/test';
import sharp from 'sharp';
import { expect, LAKE, SLOW, test } from './demo-page.ts';
import { readPalettePng } from './palette-png.ts';

const SAMPLES = join(import.meta.dirname, '../../demo/public/samples');
const doctor = join(SAMPLES, 'doctor.jpg');

test('segments the first sample by itself', async ({ demo }) => {
  const { page } = demo;
  await demo.show(LAKE);
  await expect(demo.result).toHaveText(/background \d+.%, hair \d+.%/);
  await expect(page.locator('#loading')).toBeHidden();
  const stats = page.locator('#stats');
  await expect(stats).toContainText(/Dispatches a photo\d+/);
  await page.getByRole('button', { name: 'Run again' }).click();
  await expect(stats).toContainText(/Warm photo[\d.]+\s(ms|s) \(decode/, SLOW);
  await expect(page.locator('#model-facts')).toContainText('mean IoU 0.61');
});

test('segments every sample', async ({ demo }) => {
  const buttons = demo.page
    .locator('#samples')
    .getByRole('button', { name: /^(?!Your photo|Camera)/ });
  await expect(buttons).toHaveCount(8);
  const results = new Set<string>();
  for (const button of await buttons.all()) {
    const what = (await button.getByRole('img').getAttribute('alt')) ?? '';
    results.add(await demo.segmentAfter(what, () => button.click()));
    await expect(button).toHaveAttribute('aria-pressed', 'true');
  }
  expect(results.size).toBe(8);
});

test('takes a photo that is uploaded, dropped or pasted', async ({ demo }) => {
  const { page } = demo;
  const upload = await demo.segmentAfter('doctor.jpg', async () => {
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Your photo' }).click();
    await (await chooser).setFiles(doctor);
  });
  expect(upload).toContain('clothes');

  const bytes = [...(await readFile(doctor))];
  const transfer = await page.evaluateHandle((content) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(content)], 'dropped.jpg', { type: 'image/jpeg' }));
    return data;
  }, bytes);
  await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer });
  await expect(page.getByText('Drop a photo')).toBeVisible();
  await demo.segmentAfter('dropped.jpg', () =>
    page.dispatchEvent('body', 'drop', { dataTransfer: transfer }),
  );
  await expect(page.getByText('Drop a photo')).toBeHidden();

  await demo.segmentAfter('pasted.png', () =>
    page.evaluate(async () => {
      const photo = document.querySelector<HTMLCanvasElement>('#photo');
      const blob = await new Promise<Blob | null>((resolve) => photo?.toBlob(resolve));
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File(blob ? [blob] : [], 'pasted.png', { type: 'image/png' }));
      document.dispatchEvent(new ClipboardEvent('paste', { clipboardData }));
    }),
  );
  await expect(page.locator('.thumb[aria-pressed=true]')).toHaveCount(0);
});

test('says in words that a file is not a photo, and goes on', async ({ demo }) => {
  const input = demo.page.locator('#file');
  await demo.show(LAKE);
  await input.setInputFiles({
    name: 'notes.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('hi'),
  });
  await expect(demo.notice).toContainText('“notes.txt” is not a picture');
  const half = (await readFile(doctor)).subarray(0, 500);
  await input.setInputFiles({ name: 'half.jpg', mimeType: 'image/jpeg', buffer: half });
  await expect(demo.notice).toContainText('“half.jpg” is not a picture');
  await expect(demo.result).toHaveText(/^\d classes/);
  await demo.segmentAfter('doctor.jpg', () => input.setInputFiles(doctor));
  await expect(demo.notice).toBeHidden();
});

test('shows the overlay as it is asked to', async ({ demo }) => {
  const { page } = demo;
  await demo.show(LAKE);
  const [face, sky] = [
    [0.5, 0.45],
    [0.1, 0.05],
  ] as const;

  await page.getByLabel('Opacity').fill('30');
  await expect(page.locator('#overlay')).toHaveCSS('opacity', '0.3');
  await page.getByLabel('Opacity').fill('65');

  await demo.view.hover({ position: await at(face) });
  await expect(page.locator('#chip')).toHaveText(/^face skin, [\d.]+.%$/);
  await expect(demo.row('face skin')).toHaveClass(/marked/);

  const painted = await demo.overlayAt(...face);
  expect(painted[3]).toBe(255);
  await demo.row('face skin').click();
  await page.mouse.move(0, 0);
  await expect(demo.row('face skin')).toHaveAttribute('aria-pressed', 'false');
  expect(await demo.overlayAt(...face)).toEqual([0, 0, 0, 0]);
  await demo.row('hair').hover();
  expect((await demo.overlayAt(...sky))[3]).toBe(0);
  await page.mouse.move(0, 0);
  expect((await demo.overlayAt(...sky))[3]).toBeGreaterThan(0);
  await demo.row('face skin').click();
  await page.mouse.move(0, 0);
  expect(await demo.overlayAt(...face)).toEqual(painted);

  const name = page.locator('#names').getByText('face skin');
  await expect(name).toBeVisible();
  await page.getByLabel('Names').uncheck();
  await expect(name).toBeHidden();
  await page.getByLabel('Names').check();

  async function at([x, y]: readonly [number, number]) {
    const box = await demo.view.boundingBox();
    return { x: x * (box?.width ?? 0), y: y * (box?.height ?? 0) };
  }
});

test('saves mask, overlay and cut-out', async ({ demo }) => {
  await demo.show(LAKE);
  const save = async (what: string) => {
    const download = demo.page.waitForEvent('download');
    await demo.page.getByRole('button', { name: what, exact: true }).click();
    const file = await download;
    return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
  };

  const mask = await save('Mask');
  expect(mask.name).toBe('portrait_lake-mask.png');
  expect(await sharp(mask.bytes).metadata()).toMatchObject({ width: 1024, height: 682 });
  const labels = readPalettePng(mask.bytes);
  const background = labels.filter((label) => label === 0).length / labels.length;
  const shown = await demo.row('background').locator('.share').innerText();
  expect(`${Math.round(background * 100)}\u00a0%`).toBe(shown);

  const overlay = await save('Overlay');
  expect(overlay.name).toBe('portrait_lake-overlay.png');
  const { isOpaque } = await sharp(overlay.bytes).stats();
  expect(isOpaque).toBe(true);

  const cutOut = await save('Cut-out');
  expect(cutOut.name).toBe('portrait_lake-cut-out.png');
  const alpha = await sharp(cutOut.bytes).extractChannel('alpha').raw().toBuffer();
  const expected = Buffer.from(labels.map((label) => (label === 0 ? 0 : 255)));
  expect(alpha.equals(expected)).toBe(true);
});

test('is used by keyboard alone', async ({ demo }) => {
  const { page } = demo;
  await demo.show(LAKE);
  // The next key starts from the place of the last click.
  await page.getByRole('banner').getByText('spikeseg').click();
  await page.keyboard.press('Shift+Tab');
  await expect(page.getByRole('link', { name: 'Skip to the picture' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowUp');
  await expect(page.locator('#spoken')).toHaveText(/^face skin, /);
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Shift+ArrowRight');
  await expect(page.locator('#spoken')).toHaveText(/^hair, /);
  await page.keyboard.press('Escape');
  await expect(page.locator('#chip')).toBeHidden();

  await tabTo(page.getByRole('button', { name: 'Your photo' }));
  await tabTo(demo.sample(/^A doctor/));
  await demo.segmentAfter('A doctor in a white coat, seen from the waist up', () =>
    page.keyboard.press('Space'),
  );
  await tabTo(demo.row('hair'));
  await page.keyboard.press('Space');
  await expect(demo.row('hair')).toHaveAttribute('aria-pressed', 'false');
  await page.keyboard.press('Space');

  async function tabTo(target: Locator): Promise<void> {
    const focused = () => target.evaluate((element) => element === document.activeElement);
    for (let i = 0; i < 20 && !(await focused()); i++) await page.keyboard.press('Tab');
    await expect(target).toBeFocused();
  }
});

test('opens a model from disk, and tells why one cannot be opened', async ({ demo }) => {
  const { page } = demo;
  const files = page.locator('#model-files');
  const weights = join(SAMPLES, '../../../weights/portrait');
  const [manifest, tensors] = [join(weights, 'manifest.json'), join(weights, 'model.safetensors')];
  await demo.show(LAKE);
  await files.setInputFiles(manifest);
  await expect(demo.notice).toContainText('A model is two files');

  const broken = { name: 'manifest.json', mimeType: 'application/json', buffer: Buffer.from('{}') };
  const content = { name: 'model.safetensors', mimeType: '', buffer: await readFile(tensors) };
  await files.setInputFiles([broken, content]);
  await expect(page.getByRole('alert').filter({ hasText: 'The model cannot run' })).toBeVisible();

  await files.setInputFiles([manifest, tensors]);
  await expect(page.locator('#model-note')).toHaveText('Opened from your disk.');
  await expect(demo.result).toHaveText(/classes in/, SLOW);
  await expect(page.locator('#problem')).toBeHidden();
});

test('tells that a model cannot be fetched, and tries again when asked', async ({ page }) => {
  const weights = '**/model.safetensors';
  await page.route(weights, (route) => route.abort());
  await page.goto('./');
  await expect(page.getByRole('alert')).toContainText('The model could not be fetched');
  await page.unroute(weights);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('progressbar')).toBeVisible();
  await expect(page.locator('#result')).toHaveText(/^\d classes in /, SLOW);
  await expect(page.locator('#problem')).toBeHidden();
});

test('asks nothing of other origins, and the browser finds nothing to complain about', ({
  demo,
}) => {
  expect(demo.foreignRequests).toEqual([]);
  expect(demo.complaints).toEqual([]);
});
