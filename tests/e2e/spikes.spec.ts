import type { Locator } from '@playwright/test';
import { expect, LAKE, SLOW, test, type DemoPage } from './demo-page.ts';
import { bring } from './firing-section.ts';

const LAYER = 'backbone.block3.0.attn.q_spike';
const DOCTOR = 'A doctor in a white coat, seen from the waist up';

function picture({ page }: DemoPage, title: string): Locator {
  return page.getByRole('figure', { name: title, exact: true });
}

/** The cells of a picture's table, row by row, opened if need be. */
async function tableOf(figure: Locator): Promise<readonly (readonly string[])[]> {
  const details = figure.locator('details');
  await details.evaluate((node: HTMLDetailsElement) => (node.open = true));
  const rows = details.locator('tbody tr');
  await expect(rows.first()).toBeVisible();
  return rows.evaluateAll((all) =>
    all.map((row) => Array.from(row.children, (cell) => cell.textContent)),
  );
}

/** "1,234" → 1234, and "−1.50 %" → −1.5. */
function number(text = ''): number {
  return Number(text.replace('−', '-').replace(/[,%\s]/g, ''));
}

async function openRaster(demo: DemoPage): Promise<Locator> {
  await demo.show(LAKE);
  await demo.page.locator('#firing-layer').selectOption({ label: LAYER });
  const raster = picture(demo, 'Spike raster');
  await bring(raster);
  await expect(raster.locator('.readout')).toHaveText(LAYER);
  return raster;
}

test('the raster tells what the histogram and the layers tell', async ({ demo }) => {
  const raster = await openRaster(demo);
  const [all = [], ...neurons] = await tableOf(raster);
  const perStep = all.slice(1, -1).map(number);

  const histogram = picture(demo, 'Spikes of a neuron');
  await bring(histogram);
  const units = (await tableOf(histogram)).map(([, count]) => number(count));
  const firing = units.slice(1).map((_, k) => units.slice(k + 1).reduce((a, b) => a + b, 0));
  expect(perStep).toEqual(firing);
  const layers = picture(demo, 'Layers');
  await bring(layers);
  const row = (await tableOf(layers)).find(([name]) => name === LAYER) ?? [];
  expect(perStep.reduce((a, b) => a + b, 0)).toBe(number(row[5]));

  expect(neurons).toHaveLength(64);
  for (const [name, ...cells] of neurons) {
    const spikes = number(cells.at(-1));
    const train = cells.slice(0, -1).map(number);
    expect(train, name).toEqual(train.map((_, k) => Number(k < spikes)));
  }
  const silent = neurons.filter((cells) => cells.at(-1) === '0').length;
  expect(silent).toBeGreaterThan(0);
  expect(silent).toBeLessThan(64);
});

test('one neuron of the raster is found by keyboard, with its place and its spikes', async ({
  demo,
}) => {
  const raster = await openRaster(demo);
  const [, first = [], second = []] = await tableOf(raster);
  const rows = raster.getByRole('slider', { name: 'Neuron' });
  await rows.focus();
  await rows.press('Home');
  await expect(raster.locator('.readout')).toHaveText(`${first[0]}: ${first.at(-1)} of 4 spikes`);
  await rows.press('ArrowDown');
  await expect(raster.locator('.neuron-title')).toHaveText(second[0] ?? '');
  await expect(rows).toHaveAttribute(
    'aria-valuetext',
    `${second[0]}: ${second.at(-1)} of 4 spikes`,
  );
  await expect(raster.locator('.train .fires')).toHaveCount(number(second.at(-1)));
  await expect(raster.locator('tr[aria-current]').getByRole('rowheader')).toHaveText(
    second[0] ?? '',
  );
  await raster.getByRole('button', { name: 'Other neurons' }).click();
  expect((await tableOf(raster))[1]?.[0]).not.toBe(first[0]);
});

test('the mask forms step by step, and the last step is the answer', async ({ demo }) => {
  const { page } = demo;
  await demo.show(LAKE);
  const overlay = () =>
    page.locator('#overlay').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  const answer = await overlay();
  const slider = page.getByRole('slider', { name: 'Virtual timestep' });
  const value = page.locator('#step-value');
  await expect(value).toHaveText(/^After 4 of 4: 100.% of the pixels/);

  await slider.fill('1');
  await expect(value).toHaveText(/^After 1 of 4: \d+.% of the pixels as in the end/, SLOW);
  const early = await value.innerText();
  expect(number(/: (\d+)/.exec(early)?.[1])).toBeLessThan(90);
  expect(await overlay()).not.toBe(answer);

  // Who wants no motion sees no playback, but gets the numbers.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await slider.press('End');
  await expect.poll(overlay).toBe(answer);
  await page.getByRole('button', { name: 'Work out all' }).click();
  const shares = page.locator('#step-shares li');
  await expect(shares).toHaveText([/^1: \d+/, /^2: \d+/, /^3: \d+/, /^4: 100/], SLOW);
  await expect(value).toHaveText(/^After 4 of 4/);
  expect(await overlay()).toBe(answer);
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  await slider.fill('1');
  await expect(value).toHaveText(early);
});

test('A and B differ by what another photo changes; the timeline has both', async ({ demo }) => {
  const { page } = demo;
  await demo.show(LAKE);
  await page.locator('#firing-layer').selectOption({ label: LAYER });
  const compare = picture(demo, 'A and B');
  await bring(compare);
  await compare.getByRole('button', { name: 'Hold this as A' }).click();
  const same = await tableOf(compare);
  expect(same.every(([, a, b, difference]) => a === b && difference === '+0.00\u00a0%')).toBe(true);
  const timeline = picture(demo, 'Rates over time');
  await bring(timeline);
  const before = (await tableOf(timeline)).length;

  await demo.segmentAfter(DOCTOR, () => demo.sample(DOCTOR).click());
  await bring(compare);
  await expect(compare.locator('.readout')).toContainText(/A: portrait_lake\.jpg.* B: doctor\.jpg/);
  const rows = await tableOf(compare);
  expect(rows.map(([name, a]) => [name, a])).toEqual(same.map(([name, a]) => [name, a]));
  for (const [name, a, b, difference] of rows) {
    expect(Math.abs(number(b) - number(a) - number(difference)), name).toBeLessThan(0.011);
  }
  expect(new Set(rows.map((row) => row[3])).size).toBeGreaterThan(20);
  await compare.getByLabel('Largest difference first').check();
  const sorted = (await tableOf(compare)).map((row) => Math.abs(number(row[3])));
  expect(sorted).toEqual(sorted.toSorted((p, q) => q - p));
  await compare.getByLabel('Largest difference first').uncheck();

  await bring(timeline);
  await expect(timeline.locator('.readout')).toContainText(`${before + 1} results`);
  const moments = await tableOf(timeline);
  expect(moments).toHaveLength(before + 1);
  expect(moments[0]?.[1]).toBe(rows.find(([name]) => name === LAYER)?.[2]);
});

test('none of this asks other origins, or troubles the browser', ({ demo }) => {
  expect(demo.foreignRequests).toEqual([]);
  expect(demo.complaints).toEqual([]);
});
