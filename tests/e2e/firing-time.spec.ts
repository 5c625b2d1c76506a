import { expect, LAKE, SLOW, test } from './demo-page.ts';
import { figure, save, table, tabTo } from './firing-section.ts';
import type { Page } from '@playwright/test';

/** Lines of a CSV file by the names of their columns. */
function parseCsv(text: string): Record<string, string>[] {
  const [columns = [], ...rows] = text
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  return rows.map((cells) => Object.fromEntries(columns.map((name, i) => [name, cells[i] ?? ''])));
}

/** Those of the network, which the page tells. */
async function dispatches(page: Page): Promise<number> {
  const row = page.locator('#stats > div').filter({ hasText: 'Dispatches a photo' });
  return Number(await row.locator('dd').innerText());
}

test('measures the time of every operation, once it is asked to, by keyboard alone', async ({
  demo,
}) => {
  const { page } = demo;
  await demo.show(LAKE);
  const time = figure(page, 'Time');
  await time.scrollIntoViewIfNeeded();
  const readout = time.getByRole('status');
  await expect(readout).toHaveText('Not measured yet.');
  await expect(time.getByRole('table')).toBeHidden();
  await expect(time.getByRole('button', { name: 'Times as CSV' })).toBeDisabled();

  const measure = time.getByRole('button', { name: 'Measure time' });
  await figure(page, 'Arithmetic and energy').getByLabel('Number format').focus();
  await tabTo(page, measure);
  await page.keyboard.press('Enter');
  await expect(readout).toHaveText(/^\d+ operations, one by one: [\d.]+\sm?s in sum\./, SLOW);
  await expect(measure).toBeFocused();

  const rows = await table(page, 'Time');
  const times = rows.slice(0, -1).map(([, , ms]) => Number(ms));
  expect(times).toEqual(times.toSorted((a, b) => b - a));
  expect(times.every((ms) => ms >= 0)).toBe(true);
  const total = times.reduce((sum, ms) => sum + ms, 0);
  expect(total).toBeGreaterThan(0);
  expect(rows.at(-1)?.[0]).toBe('Sum');
  expect(Number(rows.at(-1)?.[2])).toBeCloseTo(total, 0);
  const shares = rows.slice(0, -1).map(([, , , share = '']) => Number.parseFloat(share));
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(100, 0);

  const saved = parseCsv(await save(page, 'Times as CSV'));
  expect(saved).toHaveLength(times.length);
  // Copies are no dispatches that can be timed, and few.
  expect(times.length).toBeGreaterThan(0.9 * (await dispatches(page)));
  expect(new Set(saved.map(({ name }) => name))).toEqual(
    new Set(rows.slice(0, -1).map(([name]) => name)),
  );
  // The engine's arithmetic, as the firing was counted.
  const statistics = JSON.parse(await save(page, 'JSON')) as {
    totals: { engine: { accumulates: number; macs: number; denseMacs: number } };
  };
  const { accumulates, macs, denseMacs } = statistics.totals.engine;
  const sum = (column: string) => saved.reduce((all, row) => all + Number(row[column]), 0);
  expect(sum('operations')).toBe(accumulates + macs);
  expect(sum('denseMacs')).toBe(denseMacs);
});

test('says so where the device has no timestamps', async ({ browser, baseURL }) => {
  const page = await browser.newPage({ baseURL: baseURL ?? '' });
  // As a browser that does not offer them.
  await page.route('**/*.js', async (route) => {
    const response = await route.fetch();
    const hide = `if (typeof GPUSupportedFeatures === 'function') {
      const { has } = GPUSupportedFeatures.prototype;
      GPUSupportedFeatures.prototype.has = function (name) {
        return name !== 'timestamp-query' && has.call(this, name);
      };
    }\n`;
    await route.fulfill({ response, body: hide + (await response.text()) });
  });
  await page.goto('./');
  await expect(page.locator('#result')).toHaveText(/^\d class/, SLOW);
  const time = figure(page, 'Time');
  await time.scrollIntoViewIfNeeded();
  await expect(time.locator('.figure-head')).toContainText('offers no timestamps');
  await expect(time.getByRole('button')).toHaveCount(0);
  await page.close();
});
