import type { FiringStatistics, LayerFiring } from '../../src/index.ts';
import { expect, LAKE, SLOW, test } from './demo-page.ts';
import { expectTable, figure, inked, save, slider, table, tabTo } from './firing-section.ts';

/** What the JSON of the page holds: all but maps and the spikes of single channels. */
type Exported = Omit<FiringStatistics, 'layers'> & {
  readonly layers: readonly Omit<LayerFiring, 'map' | 'channelSpikes'>[];
};

const PICTURES = [
  'Layers',
  'Where it fires',
  'Channels of the layer',
  'Spikes of a neuron',
  'Dead and saturated',
  'Arithmetic and energy',
];
/** A layer with dead channels and a map. */
const LAYER = 'backbone.block4.0.attn.attn_spike';

test('tells how the network fires, in pictures and the same numbers as it exports', async ({
  demo,
}) => {
  const { page } = demo;
  await demo.show(LAKE);
  const { layers, totals, operations, levels } = JSON.parse(await save(page, 'JSON')) as Exported;
  const index = layers.findIndex(({ name }) => name === LAYER);
  const layer = layers[index];
  if (!layer) throw new TypeError(`the model has no ${LAYER}`);
  await page.getByLabel('Layer', { exact: true }).first().selectOption(LAYER);

  for (const title of PICTURES) {
    const picture = figure(page, title);
    await picture.scrollIntoViewIfNeeded();
    await expect.poll(() => inked(picture.locator('canvas')), title).toBeGreaterThan(5);
    await expect(picture.locator('.readout'), title).toHaveText(/\d/);
  }

  const glance = page.locator('.glance');
  for (const { rate, countRate, nonzeroRate, spikes } of [totals, layer]) {
    await expect(glance).toContainText(share(rate));
    await expect(glance).toContainText(countRate.toFixed(4));
    await expect(glance).toContainText(share(nonzeroRate));
    await expect(glance).toContainText(whole(spikes));
  }
  await expect(glance).toContainText(
    `${whole(totals.deadChannels)}\u00a0/\u00a0${whole(totals.channels)}`,
  );

  await expectTable(
    page,
    'Layers',
    layers.map((one) => [
      one.name,
      one.group,
      share(one.rate),
      one.countRate.toFixed(4),
      share(one.nonzeroRate),
      whole(one.spikes),
      whole(one.accumulates),
    ]),
  );
  await expectTable(
    page,
    'Dead and saturated',
    layers.map((one) => [
      one.name,
      ...[one.channels, one.deadChannels, one.units, one.saturated].map(whole),
      share(one.saturated / one.units),
    ]),
  );

  const units = Array.from({ length: levels + 1 }, (_, k) =>
    layers.reduce((sum, { histogram }) => sum + (histogram[k] ?? 0), 0),
  );
  const histogram = (counts: readonly number[], total: number) =>
    counts.map((count, k) => [
      String(k),
      whole(count),
      share(count / total),
      share((units[k] ?? 0) / totals.units),
    ]);
  await expectTable(page, 'Spikes of a neuron', histogram(layer.histogram, layer.units));
  await page.getByRole('radio', { name: 'Network' }).check();
  await expectTable(page, 'Spikes of a neuron', histogram(units, totals.units));
  await page.getByRole('radio', { name: 'Layer' }).check();

  const channels = await table(page, 'Channels of the layer');
  const spikes = channels.map(([, , count = '']) => Number(count.replaceAll(',', '')));
  expect(spikes).toHaveLength(layer.channels);
  expect(sum(spikes)).toBe(layer.spikes);
  expect(spikes.filter((count) => count === 0)).toHaveLength(layer.deadChannels);
  expect(layer.deadChannels).toBeGreaterThan(0);

  // Of this layer, every position has a cell in the table.
  const cells = (await table(page, 'Where it fires')).flatMap(([, ...rates]) => rates.map(Number));
  expect(cells).toHaveLength(layer.height * layer.width);
  expect(sum(cells) / cells.length / 100).toBeCloseTo(layer.rate, 3);

  const { network, engine, rateFormula } = totals;
  for (const preset of ['fp32', 'fp16', 'int8'] as const) {
    await page.getByLabel('Number format').selectOption({ value: preset });
    const energy = (table: Readonly<Record<typeof preset, number>>) =>
      `${table[preset].toPrecision(4)}\u00a0mJ`;
    const rows = await table(page, 'Arithmetic and energy');
    const counted = [whole(network.accumulates), whole(network.macs), energy(network.energy)];
    const formula = [rateFormula.accumulates, rateFormula.macs].map(whole);
    expect(rows.at(-2)).toEqual([
      'Total',
      ...counted,
      ...formula,
      energy(rateFormula.energy),
      whole(network.denseMacs),
      energy(network.denseEnergy),
      `${(network.denseEnergy[preset] / network.energy[preset]).toFixed(1)}\u00a0×`,
    ]);
    expect(rows.at(-1)?.slice(1, 4)).toEqual([
      whole(engine.accumulates),
      whole(engine.macs),
      energy(engine.energy),
    ]);
    const stage = operations.filter(({ group }) => group === rows[0]?.[0]);
    expect(rows[0]?.[1]).toBe(whole(sum(stage.map(({ accumulates }) => accumulates))));
  }
});

test('sorts the layers', async ({ demo }) => {
  const { page } = demo;
  await demo.show(LAKE);
  const layers = figure(page, 'Layers');
  await layers.getByLabel('Sort by').selectOption('Spikes');
  await layers.getByLabel('Keep stages together').uncheck();
  const spikes = (await table(page, 'Layers')).map(([, , , , , count = '']) =>
    Number(count.replaceAll(',', '')),
  );
  expect(spikes.length).toBeGreaterThan(100);
  expect(spikes).toEqual(spikes.toSorted((a, b) => b - a));
  await layers.getByLabel('Keep stages together').check();
  const stages = (await table(page, 'Layers')).map(([, stage]) => stage);
  expect(stages.filter((stage, i) => stage !== stages[i - 1])).toHaveLength(8);
  await layers.getByLabel('Sort by').selectOption('Order of execution');
});

test('is walked through by keyboard alone, and by clicks', async ({ demo }) => {
  const { page } = demo;
  await demo.show(LAKE);
  const select = page.getByLabel('Layer', { exact: true }).first();
  await select.selectOption('backbone.ConvBlock1_1.0.Conv.spike1');
  await page.getByRole('switch', { name: 'Measure firing' }).focus();

  await tabTo(page, page.getByRole('radio', { name: 'Layer' }));
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('radio', { name: 'Stage' })).toBeChecked();
  const histogram = figure(page, 'Spikes of a neuron');
  await histogram.scrollIntoViewIfNeeded();
  await expect(histogram.locator('.readout')).toContainText('backbone stage 1');
  await page.keyboard.press('ArrowLeft');

  const bars = slider(page, 'Layers');
  await tabTo(page, bars);
  for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight');
  await expect(bars).toHaveAttribute('aria-valuenow', '3');
  await expect(bars).toHaveAttribute('aria-valuetext', /^backbone\.ConvBlock1_1\.0\.spike2: rate /);
  await expect(select.locator('option:checked')).toHaveText('backbone.ConvBlock1_1.0.spike2');
  const ends = slider(page, 'Dead and saturated');
  await ends.scrollIntoViewIfNeeded();
  await expect(ends).toHaveAttribute('aria-valuenow', '3');

  const map = slider(page, 'Where it fires');
  await tabTo(page, map);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowDown');
  await expect(map).toHaveAttribute('aria-valuetext', /^row 1, column 0: rate /);

  await tabTo(page, slider(page, 'Channels of the layer'));
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  const channel = page.getByRole('button', { name: 'Let go of channel 1' });
  await expect(channel).toBeVisible();
  await expect(figure(page, 'Channels of the layer').locator('.readout')).toHaveText(
    /^Channel 1: rate [\d.]+.%, [\d,]+ spikes$/,
  );
  await page.keyboard.press('End');
  await expect(page.getByRole('button', { name: 'Let go of channel 31' })).toBeVisible();
  await bars.press('ArrowLeft');
  await expect(page.getByRole('button', { name: /Let go/ })).toBeHidden();

  const box = await bars.boundingBox();
  await bars.click({ position: { x: (box?.width ?? 0) - 3, y: 40 } });
  await expect(select.locator('option:checked')).toHaveText('decode_head.mask_embed_spike');
  await expect(figure(page, 'Where it fires').locator('.readout')).toContainText('mask_embed');
  await page.getByRole('button', { name: 'Next layer' }).click();
  await expect(select.locator('option:checked')).toHaveText('backbone.ConvBlock1_1.0.Conv.spike1');
});

test('measures nothing while it is switched off', async ({ demo }) => {
  const { page } = demo;
  await demo.show(LAKE);
  const measure = page.getByRole('switch', { name: 'Measure firing' });
  await demo.segmentAfter(LAKE, () => measure.uncheck());
  await expect(page.locator('#firing-pictures')).toBeHidden();
  await demo.segmentAfter(LAKE, () => measure.check());
  await expect(page.locator('#firing-pictures')).toBeVisible();
  await expect(page.getByRole('button', { name: 'fr_rate.csv' })).toBeEnabled(SLOW);
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function share(part: number): string {
  return `${(100 * part).toFixed(2)}\u00a0%`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
