import { join } from 'node:path';
import { test as base, expect, type Page } from '@playwright/test';
import { rolldown } from 'rolldown';
import { wgsl } from '../../scripts/build-plugins.js';
import { firstDifference } from '../support/compare.ts';
import { noise } from '../support/pictures.ts';
import { i420 } from '../support/y4m.ts';

const DOCTOR = join(import.meta.dirname, '../../demo/public/samples/doctor.jpg');
const [WIDTH, HEIGHT] = [320, 214];

interface Segmented {
  readonly labels: readonly number[];
  readonly width: number;
  readonly height: number;
  readonly ways: readonly string[];
}

interface Uploaded {
  readonly pixels: readonly number[];
  readonly ways: readonly string[];
}

/** A page beside the demo that has the library in its own thread. */
const test = base.extend<object, { bench: Page }>({
  bench: [
    async ({ browser }, use, { project }) => {
      const bundle = await rolldown({
        input: 'tests/e2e/frames-page.ts',
        platform: 'browser',
        plugins: [wgsl()],
      });
      const { output } = await bundle.generate({ format: 'esm', codeSplitting: false });
      const page = await browser.newPage({ baseURL: project.use.baseURL ?? '' });
      await page.route('**/frames.html', (route) =>
        route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>x' }),
      );
      await page.route('**/frames.js', (route) =>
        route.fulfill({ contentType: 'text/javascript', body: output[0].code }),
      );
      await page.goto('./frames.html');
      await use(page);
      await page.close();
    },
    { scope: 'worker', timeout: 180_000 },
  ],
});

/** Calls a function of frames-page.ts. */
function call<T>(page: Page, name: string, ...values: readonly unknown[]): Promise<T> {
  const list = values.map((value) => JSON.stringify(value)).join();
  return page.evaluate(`import('/frames.js').then((module) => module.${name}(${list}))`);
}

/** Of the ways: each turns YUV to RGB itself, a step of 255 apart, which decides near-ties otherwise. */
const ALIKE = 0.97;

/** Part of the pixels that have the same label. */
function agreement(a: Segmented, b: Segmented): number {
  expect(a.labels.length).toBe(b.labels.length);
  return a.labels.filter((label, i) => label === b.labels[i]).length / a.labels.length;
}

test('a frame reaches the GPU in the next way wherever one is missing', async ({ bench }) => {
  const planes = [...(await i420(DOCTOR, WIDTH, HEIGHT))];
  const segment = () => call<Segmented>(bench, 'segmentFrame', planes, WIDTH, HEIGHT);
  const refuse = (kinds: readonly string[], how: string) => call(bench, 'refuse', kinds, how);

  await refuse([], 'thrown');
  const read = await segment();
  expect(read).toMatchObject({ width: WIDTH, height: HEIGHT, ways: ['external'] });
  expect(new Set(read.labels).size).toBeGreaterThan(3);

  await refuse(['external'], 'by the GPU');
  const asFrame = await segment();
  expect(asFrame.ways).toEqual(['external', 'VideoFrame']);
  expect(agreement(asFrame, read)).toBe(1);

  await refuse(['external', 'VideoFrame'], 'by the GPU');
  const asBitmap = await segment();
  expect(asBitmap.ways).toEqual(['VideoFrame', 'ImageBitmap']);
  expect(agreement(asBitmap, asFrame)).toBeGreaterThan(ALIKE);
  expect((await segment()).ways).toEqual(['ImageBitmap']);

  await refuse(['external', 'VideoFrame', 'ImageBitmap'], 'thrown');
  const asPixels = await segment();
  expect(asPixels.ways).toEqual(['pixels']);
  expect(agreement(asPixels, asFrame)).toBeGreaterThan(ALIKE);

  await refuse(['external', 'VideoFrame', 'ImageBitmap', 'pixels'], 'thrown');
  expect(await segment()).toEqual({ ways: [], code: 'image-invalid' });
  await refuse([], 'thrown');
  expect((await segment()).ways).toEqual(['external']);
});

const coded = { codedWidth: 70, codedHeight: 50, timestamp: 0 };
/** Noise: more bytes than a frame of that size takes in any format. */
const bytes = [...noise(50, 70 * 2).data];

for (const [what, init] of [
  ['I420', { ...coded, format: 'I420' }],
  ['I420, of odd size', { ...coded, format: 'I420', codedWidth: 69, codedHeight: 49 }],
  ['I444, in full range', { ...coded, format: 'I444', colorSpace: { fullRange: true } }],
  [
    'NV12, a part',
    { ...coded, format: 'NV12', visibleRect: { x: 8, y: 6, width: 41, height: 30 } },
  ],
] satisfies [string, VideoFrameBufferInit][]) {
  test(`a frame is read as it would be copied: ${what}`, async ({ bench }) => {
    await call(bench, 'refuse', []);
    const read = await call<Uploaded>(bench, 'uploadFrame', bytes, init);
    expect(read.ways).toEqual(['external']);
    await call(bench, 'refuse', ['external']);
    const copied = await call<Uploaded>(bench, 'uploadFrame', bytes, init);
    expect(copied.ways).toEqual(['VideoFrame']);
    expect(firstDifference(read.pixels, copied.pixels)).toBeUndefined();
  });
}

for (const [what, init] of [
  ['turned', { ...coded, format: 'I420', rotation: 90 }],
  ['with an alpha', { ...coded, format: 'RGBA' }],
] satisfies [string, VideoFrameBufferInit & { rotation?: number }][]) {
  test(`a frame is not read but copied: ${what}`, async ({ bench }) => {
    await call(bench, 'refuse', []);
    expect((await call<Uploaded>(bench, 'uploadFrame', bytes, init)).ways).toEqual(['VideoFrame']);
  });
}

test('a video is segmented by its frame, or by a bitmap of it', async ({ bench }) => {
  type Ways = Record<'itself' | 'framed' | 'mapped', Segmented> & { early: string; looks: number };
  await call(bench, 'refuse', []);
  const { early, itself, framed, mapped, looks } = await call<Ways>(bench, 'segmentCamera');
  expect(early).toContain('the video has no frame yet');
  expect(looks).toBeGreaterThan(2);
  expect([itself.ways, framed.ways, mapped.ways]).toEqual([
    ['external'],
    ['external'],
    ['ImageBitmap'],
  ]);
  expect(agreement(framed, itself)).toBe(1);
  expect(agreement(mapped, itself)).toBeGreaterThan(ALIKE);
});
