import type { Page } from '@playwright/test';
import { violations } from './axe.ts';
import { MICRO } from './checkpoint-site.ts';
import { expect, LAKE, SLOW, test, type DemoPage } from './demo-page.ts';
import { slider, tabTo } from './firing-section.ts';

const LAYER = 'backbone.block3.0.attn.q_spike';
const DOCTOR = 'A doctor in a white coat, seen from the waist up';
const DESKTOP = { width: 1280, height: 860 };
const PHONE = { width: 360, height: 740 };

/** What axe finds in either colour scheme, and at either width. */
async function violationsEverywhere(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const [colorScheme, size] of [
    ['light', DESKTOP],
    ['dark', PHONE],
  ] as const) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme });
    found.push(...(await violations(page)).map((violation) => `${colorScheme}: ${violation}`));
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize(DESKTOP);
  return found;
}

/** Waits until every picture of the section is drawn, with its table open. */
async function openFiring({ page }: DemoPage): Promise<void> {
  const time = page.getByRole('figure', { name: 'Time', exact: true });
  await time.scrollIntoViewIfNeeded();
  await time.getByRole('button', { name: 'Measure time' }).click();
  for (const figure of await page.locator('#firing').getByRole('figure').all()) {
    await figure.scrollIntoViewIfNeeded();
    const details = figure.locator('details');
    if ((await details.count()) === 0) continue;
    await details.evaluate((node: HTMLDetailsElement) => (node.open = true));
    await expect(details.locator('tbody tr').first()).toBeVisible(SLOW);
  }
}

test('axe finds nothing while the page loads, nor with a result', async ({ demo, page }) => {
  await page.goto('./');
  await expect(page.getByRole('progressbar')).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await page.close();
  await demo.show(LAKE);
  expect(await violationsEverywhere(demo.page)).toEqual([]);
});

test('axe finds nothing in the firing section, with a layer selected', async ({ demo }) => {
  const { page } = demo;
  await demo.show(LAKE);
  await page.locator('#firing-layer').selectOption({ label: LAYER });
  await openFiring(demo);
  expect(await violationsEverywhere(page)).toEqual([]);
  for (const details of await page.locator('#firing details').all()) {
    await details.evaluate((node: HTMLDetailsElement) => (node.open = false));
  }
});

test('axe finds nothing in the effects', async ({ demo }) => {
  const { page } = demo;
  await demo.show(LAKE);
  const effect = page.getByRole('combobox', { name: 'Effect' });
  for (const name of ['Blur the background', 'Picture behind', 'Recolour a class']) {
    await effect.selectOption(name);
    await expect(demo.view).toHaveAttribute('aria-busy', 'false', SLOW);
    expect(await violations(page), name).toEqual([]);
  }
  await effect.selectOption('None');
});

test('axe finds nothing in the dialog for checkpoints, empty or with a report', async ({
  demo,
}) => {
  const { page } = demo;
  await page.getByRole('button', { name: 'Your checkpoint…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Your own checkpoint' });
  await expect(dialog).toBeVisible();
  expect(await violationsEverywhere(page)).toEqual([]);
  await dialog.locator('#checkpoint-file').setInputFiles(MICRO);
  await expect(dialog.locator('#checkpoint-verdict')).toHaveText(/^A Spike2Former of 5 classes/);
  expect(await violationsEverywhere(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
});

test('axe finds nothing where the network cannot run', async ({ page }) => {
  await page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'gpu'));
  await page.goto('./');
  await expect(page.getByRole('alert')).toBeVisible();
  expect(await violationsEverywhere(page)).toEqual([]);
});

test('the main flow needs no pointer, and shows where the focus is', async ({ demo }) => {
  const { page } = demo;
  await demo.show(LAKE);
  await page.evaluate(() => {
    const unmarked: string[] = [];
    Object.assign(window, { unmarked });
    document.addEventListener('focusin', ({ target }) => {
      if (!(target instanceof HTMLElement)) return;
      // The stage shows the focus of the picture in it.
      const marked = target.closest('.stage') ?? target;
      const { outlineStyle, outlineWidth } = getComputedStyle(marked);
      if (outlineStyle === 'none' || Number.parseFloat(outlineWidth) < 2)
        unmarked.push(`${target.localName}#${target.id}.${target.className}`);
    });
  });
  await page.getByRole('banner').getByText('spikeseg').click();

  await tabTo(page, demo.sample(DOCTOR));
  await demo.segmentAfter(DOCTOR, () => page.keyboard.press('Enter'));

  const step = page.getByRole('slider', { name: 'Virtual timestep' });
  await tabTo(page, step, 'Shift+Tab');
  await page.keyboard.press('ArrowLeft');
  await expect(step).toHaveAttribute('aria-valuetext', /^After 3 of 4: \d+.% of the pixels/, SLOW);
  await page.keyboard.press('End');
  await expect(step).toHaveAttribute('aria-valuetext', /^After 4 of 4: 100/);

  await tabTo(page, demo.row('hair'));
  await page.keyboard.press('Space');
  await expect(demo.row('hair')).toHaveAttribute('aria-pressed', 'false');
  await page.keyboard.press('Space');
  await expect(demo.row('hair')).toHaveAttribute('aria-pressed', 'true');

  await tabTo(page, page.getByLabel('Opacity'));
  await page.keyboard.press('Home');
  await expect(page.locator('#overlay')).toHaveCSS('opacity', '0');
  for (let i = 0; i < 6; i++) await page.keyboard.press('PageUp');
  await expect(page.locator('#overlay')).toHaveCSS('opacity', '0.6');

  const layer = page.locator('#firing-layer');
  await tabTo(page, layer);
  await page.keyboard.press('Home');
  const first = await layer.inputValue();
  await page.keyboard.press('ArrowDown');
  expect(await layer.inputValue()).not.toBe(first);
  const bars = slider(page, 'Layers');
  await tabTo(page, bars);
  await page.keyboard.press('ArrowRight');
  await expect(bars).toHaveAttribute('aria-valuenow', '2');

  await tabTo(page, page.getByRole('button', { name: 'CSV', exact: true }));
  const download = page.waitForEvent('download');
  await page.keyboard.press('Enter');
  expect((await download).suggestedFilename()).toMatch(/^doctor.*\.csv$/);
  expect(await page.evaluate(() => Reflect.get(window, 'unmarked') as string[])).toEqual([]);
});

test('nothing moves for those who asked for no motion', async ({ demo }) => {
  const { page } = demo;
  await demo.show(LAKE);
  /** Animations and transitions of the page while it is at work, with a camera on. */
  const moving = () =>
    page.evaluate(() => {
      const parts = ['busy', 'live'].map((id) => document.getElementById(id));
      for (const part of parts) {
        part?.classList.add('on');
        if (part) part.hidden = false;
      }
      const overlay = document.getElementById('overlay');
      overlay?.style.setProperty('opacity', '0.1');
      const running = document
        .getAnimations()
        .map((animation) =>
          animation instanceof CSSAnimation ? animation.animationName : 'change',
        );
      const scrolling = getComputedStyle(document.documentElement).scrollBehavior;
      overlay?.style.setProperty('opacity', '0.65');
      for (const part of parts) {
        part?.classList.remove('on');
        if (part) part.hidden = true;
      }
      return { running, scrolling };
    });
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  const usual = await moving();
  expect(usual.running).toEqual(expect.arrayContaining(['busy', 'on-air', 'change']));
  expect(usual.scrolling).toBe('smooth');
  await page.emulateMedia({ reducedMotion: 'reduce' });
  expect(await moving()).toEqual({ running: [], scrolling: 'auto' });
  await page.emulateMedia({ reducedMotion: null });
});
