import { readFile } from 'node:fs/promises';
import type { Locator, Page } from '@playwright/test';
import { expect, SLOW } from './demo-page.ts';

/** The picture of that title. */
export function figure(page: Page, name: string): Locator {
  return page.getByRole('figure', { name, exact: true });
}

/** What is picked from in a picture. */
export function slider(page: Page, name: string): Locator {
  return figure(page, name).locator('canvas[role=slider]');
}

/** More than the rows of a table, each of which has a button. */
const MOST_TABS = 250;

/** Presses Tab, or another key, until the element has the focus. */
export async function tabTo(page: Page, wanted: Locator, key = 'Tab'): Promise<void> {
  for (let i = 0; i < MOST_TABS; i++) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(key);
  }
  await expect(wanted).toBeFocused();
}

/** Brings a picture into sight and waits until it shows what is selected: before, it may show what was. */
export async function bring(picture: Locator): Promise<void> {
  await picture.scrollIntoViewIfNeeded();
  await expect(picture).not.toHaveClass(/\b(stale|unread)\b/, SLOW);
}

/** The table twin of a picture, opened if it is not. */
export async function table(page: Page, title: string): Promise<string[][]> {
  const picture = figure(page, title);
  await bring(picture);
  const details = picture.locator('details');
  if ((await details.getAttribute('open')) === null) await details.locator('summary').click();
  await expect(details.locator('tbody tr').first()).toBeVisible();
  return details
    .locator('tbody tr, tfoot tr')
    .evaluateAll((rows) => rows.map((row) => Array.from(row.children, (cell) => cell.textContent)));
}

/** Waits until a picture's table has these rows. */
export async function expectTable(
  page: Page,
  title: string,
  rows: readonly (readonly string[])[],
): Promise<void> {
  // It is written with the next frame.
  await expect.poll(() => table(page, title), title).toEqual(rows);
}

/** Colours that a canvas shows. */
export async function inked(canvas: Locator): Promise<number> {
  return canvas.evaluate((element: HTMLCanvasElement) => {
    const { width, height } = element;
    const image = element.getContext('2d')?.getImageData(0, 0, width, height);
    return new Set(new Uint32Array(image?.data.buffer ?? new ArrayBuffer(0))).size;
  });
}

/** What the button of that name saves. */
export async function save(page: Page, format: string): Promise<string> {
  const button = page.getByRole('button', { name: format, exact: true });
  await expect(button).toBeEnabled(SLOW);
  const download = page.waitForEvent('download');
  await button.click();
  return readFile(await (await download).path(), 'utf8');
}
