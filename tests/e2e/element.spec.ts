import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, expect, type Locator, type Page } from '@playwright/test';
import type { Segmenter, Segmentation, SpikesegError } from '../../src/index.ts';
import { violations } from './axe.ts';
import { SLOW } from './demo-page.ts';
import { StaticSite } from './static-site.ts';

const ROOT = join(import.meta.dirname, '../..');
const LAKE = 'demo/public/samples/portrait_lake.jpg';
const DOCTOR = '/demo/public/samples/doctor.jpg';
const LAKE_TITLE = 'A young woman with red hair in front of a lake';

declare global {
  interface Window {
    /** What elements told since the page was opened. */
    told: { type: string; phase?: string; code?: string }[];
    /** What the page's security policy refused. */
    refused: string[];
  }
}

/** A page with the element in it, and what one knows of it from the outside. */
class EmbeddingPage {
  readonly page: Page;
  readonly element: Locator;
  readonly picture: Locator;
  readonly status: Locator;
  readonly foreignRequests: string[] = [];
  readonly complaints: string[] = [];

  constructor(page: Page, origin: string) {
    this.page = page;
    this.element = page.locator('spike-segmenter').first();
    this.picture = this.element.getByRole('img');
    this.status = this.element.getByRole('status');
    page.context().on('request', (request) => {
      const inside = ['blob:', 'data:', `${origin}/`].some((start) =>
        request.url().startsWith(start),
      );
      if (!inside) this.foreignRequests.push(request.url());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
  }

  async open(url: string): Promise<void> {
    await this.page.addInitScript(() => {
      window.told = [];
      window.refused = [];
      document.addEventListener('securitypolicyviolation', (event) =>
        window.refused.push(`${event.violatedDirective} ${event.blockedURI}`),
      );
      for (const type of ['progress', 'result', 'error']) {
        const listen = (event: Event) => {
          if (!(event instanceof CustomEvent)) return;
          const { phase, code } = event.detail as { phase?: string; code?: string };
          window.told.push({ type, ...(phase && { phase }), ...(code && { code }) });
        };
        document.addEventListener(type, listen, true);
      }
    });
    await this.page.goto(url);
  }

  /** Waits until the picture of that name has its classes. */
  async segmented(alt: string): Promise<void> {
    const shares = '([a-z ]+ \\d+(\\.\\d)?%(, )?){3,}$';
    await expect(this.picture).toHaveAccessibleName(new RegExp(`^${alt}: ${shares}`), SLOW);
    await expect(this.picture).toHaveAttribute('aria-busy', 'false');
  }

  async labels(): Promise<string> {
    return this.page.evaluate(() => {
      return document.querySelector('spike-segmenter')?.result?.labels.join('') ?? '';
    });
  }

  /** Types of the events from now on, without those of progress. */
  async eventsOf(work: () => Promise<void>): Promise<string[]> {
    const before = await this.page.evaluate(() => window.told.length);
    await work();
    const told = await this.page.evaluate((from) => window.told.slice(from), before);
    return told.flatMap(({ type, code }) => (type === 'progress' ? [] : [code ?? type]));
  }
}

/** Tests share one tab of the plain page, since to load a model takes a software GPU long. */
const test = base.extend<object, { plain: EmbeddingPage }>({
  plain: [
    async ({ browser }, use) => {
      const site = await StaticSite.open(ROOT);
      const page = await browser.newPage();
      const plain = new EmbeddingPage(page, site.origin);
      await plain.open(`${site.origin}/docs/examples/plain-html/`);
      await expect(plain.picture).toHaveAttribute('aria-busy', 'true');
      await plain.segmented(LAKE_TITLE);
      await use(plain);
      await page.close();
      site.close();
    },
    { scope: 'worker', timeout: 180_000 },
  ],
});

test('the plain page labels its picture as the library does', async ({ plain }) => {
  const { page, element, picture, status } = plain;
  const expected = await page.evaluate(async (address) => {
    const library = '/dist/index.js';
    const { Segmenter: Library } = (await import(library)) as { Segmenter: typeof Segmenter };
    const segmenter = await Library.create();
    const photo = await (await fetch(address)).blob();
    const { labels } = await segmenter.segment(photo);
    await segmenter.dispose();
    return labels.join('');
  }, `/${LAKE}`);
  expect(await plain.labels()).toBe(expected);
  await expect(status).toHaveText((await picture.getAttribute('aria-label')) ?? '');
  await expect(page.locator('#firing')).toHaveText(/^\d{6,} spikes of \d{7,} neurons/);
  await expect(element.locator('> img')).toBeHidden();
  expect(await violations(page)).toEqual([]);

  const told = await page.evaluate(() => window.told);
  const phases = new Set(told.flatMap(({ phase }) => phase ?? []));
  expect([...phases]).toEqual(['download', 'verify', 'upload', 'compile', 'warm-up']);
  expect(told.filter(({ type }) => type !== 'progress')).toEqual([{ type: 'result' }]);
});

test('attributes change what is shown, without another run', async ({ plain }) => {
  const { page, element } = plain;
  const overlay = element.locator('.overlay');
  await expect(overlay).toHaveCSS('opacity', '0.6');
  const told = await plain.eventsOf(async () => {
    await page.getByLabel('Opacity').fill('0.25');
    await expect(overlay).toHaveCSS('opacity', '0.25');
    await expect(element).toHaveAttribute('opacity', '0.25');
    const painted = () =>
      overlay.evaluate((canvas: HTMLCanvasElement) => {
        const middle = [canvas.width / 2, canvas.height / 2] as const;
        return [...(canvas.getContext('2d')?.getImageData(...middle, 1, 1).data ?? [])];
      });
    const model = await painted();
    await element.evaluate((node: HTMLElementTagNameMap['spike-segmenter']) => {
      node.colors = Array.from({ length: 6 }, () => '#123456');
    });
    expect(await painted()).toEqual([0x12, 0x34, 0x56, 255]);
    expect(model).not.toEqual([0x12, 0x34, 0x56, 255]);
  });
  expect(told).toEqual([]);
});

test('the newest picture wins; one that cannot be read is told', async ({ plain }) => {
  const { page, element, picture, status } = plain;
  const missing = await plain.eventsOf(async () => {
    await element.evaluate((node) => node.setAttribute('src', 'missing.jpg'));
    await expect(status).toHaveText(/missing\.jpg could not be loaded/);
  });
  expect(missing).toEqual(['image-invalid']);
  await expect(picture).toBeHidden();
  await expect(page.locator('#firing')).toHaveText('Nothing is segmented (image-invalid).');

  const swapped = await plain.eventsOf(async () => {
    await element.evaluate((node, src) => node.setAttribute('src', src), `/${LAKE}`);
    await expect(status).toHaveText('Segmenting');
    await page.getByRole('button', { name: 'Another picture' }).click();
    await plain.segmented('A doctor in a white coat');
  });
  expect(swapped).toEqual(['result']);
  const size = await element.evaluate((node: HTMLElementTagNameMap['spike-segmenter']) => [
    node.result?.width,
    node.result?.height,
  ]);
  expect(size).toEqual([640, 427]);
});

test('elements of one model share a segmenter, which ends with the last', async ({ plain }) => {
  const { page } = plain;
  const shared = await page.evaluate(async (src) => {
    const first = document.querySelector('spike-segmenter');
    const parent = first?.parentElement;
    if (!first || !parent) return undefined;
    const next = (element: HTMLElement, type: string) =>
      new Promise<CustomEvent<Segmentation>>((resolve) =>
        element.addEventListener(type, (event) => resolve(event as CustomEvent), { once: true }),
      );
    const second = document.createElement('spike-segmenter');
    second.source = await (await fetch(src)).blob();
    const { segmenter } = first;
    parent.append(second);
    const answer = await next(second, 'result');
    const same = second.segmenter !== undefined && second.segmenter === segmenter;
    const statistics = answer.detail.statistics !== undefined;

    first.remove();
    parent.append(first); // moved: what it had is still there
    await next(first, 'result');
    const kept = first.segmenter === segmenter;

    first.remove();
    second.remove();
    const ended = () =>
      segmenter?.stats().then(
        () => 'alive',
        (error: unknown) => (error as SpikesegError).code,
      );
    while ((await ended()) === 'alive') await new Promise((resolve) => setTimeout(resolve));
    return { same, statistics, kept, ended: await ended(), left: first.segmenter };
  }, DOCTOR);
  expect(shared).toEqual({
    same: true,
    statistics: false,
    kept: true,
    ended: 'disposed',
    left: undefined,
  });

  // And again: what was given back is loaded anew.
  await page.evaluate((src) => {
    const element = document.createElement('spike-segmenter');
    document.body.append(element);
    element.alt = 'Back';
    element.src = src;
  }, DOCTOR);
  await plain.segmented('Back');
});

test('the strictest policy refuses nothing, and nothing is asked of others', async ({ plain }) => {
  expect(await plain.page.evaluate(() => window.refused)).toEqual([]);
  expect(plain.foreignRequests).toEqual([]);
  expect(plain.complaints).toEqual([]);
});

test('the Vite example is built, and labels a file as the library does', async ({
  page,
  plain,
}) => {
  const folder = mkdtempSync(join(tmpdir(), 'spikeseg-'));
  cpSync(join(ROOT, 'docs/examples/vite'), folder, { recursive: true });
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  symlinkSync(ROOT, join(modules, 'spikeseg'));
  symlinkSync(join(ROOT, 'node_modules/@webgpu'), join(modules, '@webgpu'));
  for (const [tool, ...args] of [
    ['typescript/bin/tsc', '-p', '.'],
    ['vite/bin/vite.js', 'build'],
  ] as const) {
    const command = [join(ROOT, 'node_modules', tool), ...args];
    execFileSync(process.execPath, command, { cwd: folder, stdio: 'pipe' });
  }

  const site = await StaticSite.open(join(folder, 'dist'));
  const built = new EmbeddingPage(page, site.origin);
  await built.open(`${site.origin}/`);
  await page.locator('#file').setInputFiles(join(ROOT, LAKE));
  await built.segmented('portrait_lake.jpg');
  await expect(page.getByRole('list', { name: 'Classes' })).toContainText(/hair: \d+\.\d %/);
  const labels = await built.labels();
  const element = plain.page.locator('spike-segmenter').first();
  await element.evaluate((node, src) => {
    node.setAttribute('src', src);
    node.setAttribute('alt', 'Lake');
  }, `/${LAKE}`);
  await plain.segmented('Lake');
  expect(labels).toBe(await plain.labels());
  expect(built.foreignRequests).toEqual([]);
  expect(built.complaints).toEqual([]);
  site.close();
  rmSync(folder, { recursive: true });
});
