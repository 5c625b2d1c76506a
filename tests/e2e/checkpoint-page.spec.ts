import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { test as base, expect, type Locator, type Page } from '@playwright/test';
import { shared } from '../support/shared.ts';
import { CheckpointSite, MICRO } from './checkpoint-site.ts';
import { SLOW } from './demo-page.ts';

/** Text that has the micro network, which labels at random, answer with some of its five classes. */
const RESULT = /^\d class(es)? in .*(wall|building|sky|trottoir|天空)/;

/** The page of the demo with the dialog for checkpoints. */
class CheckpointPage {
  readonly page: Page;
  readonly dialog: Locator;
  readonly problem: Locator;
  readonly verdict: Locator;
  readonly load: Locator;

  constructor(page: Page) {
    this.page = page;
    this.dialog = page.getByRole('dialog', { name: 'Your own checkpoint' });
    this.problem = this.dialog.locator('#checkpoint-problem');
    this.verdict = this.dialog.locator('#checkpoint-verdict');
    this.load = this.dialog.getByRole('button', { name: /^Load/ });
  }

  async open(): Promise<void> {
    await this.page.getByRole('button', { name: 'Your checkpoint…' }).click();
    await expect(this.dialog).toBeVisible();
  }

  async fetch(url: string): Promise<void> {
    await this.dialog.getByRole('textbox', { name: 'Address' }).fill(url);
    await this.dialog.getByRole('button', { name: 'Fetch' }).click();
  }

  /** Drops a file on the page, as from a folder of the system. */
  async drop(path: string): Promise<void> {
    const content = (await readFile(path)).toString('base64');
    const transfer = await this.page.evaluateHandle(
      ([bytes, name]) => {
        const data = new DataTransfer();
        const file = Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0));
        data.items.add(new File([file], name));
        return data;
      },
      [content, basename(path)] as const,
    );
    await this.page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
  }

  /** Gives the options of the micro network, and a size that a software GPU can do. */
  async giveOptions(): Promise<void> {
    await this.dialog.getByLabel('Heads of the backbone').fill('4');
    await this.dialog.getByLabel('Heads of the decoder').fill('2');
    await this.dialog.getByLabel('Longer side').fill('96');
  }

  kept(name: string): Locator {
    return this.dialog.getByRole('button', { name: `Open ${name}` });
  }
}

const test = base.extend<{ checkpoints: CheckpointPage; site: CheckpointSite }>({
  checkpoints: async ({ page }, use) => {
    // The bundled model takes a software GPU long, and is not what these tests are about.
    await page.route('**/weights/portrait/**', (route) => route.fulfill({ status: 404 }));
    await page.goto('./');
    await expect(page.getByRole('alert')).toContainText('could not be fetched');
    await use(new CheckpointPage(page));
  },
  site: async ({}, use) => {
    const site = await CheckpointSite.open();
    await use(site);
    site.close();
  },
});

test('a dropped checkpoint is inspected, loaded and segments', async ({ checkpoints }) => {
  const { page, dialog, verdict, load } = checkpoints;
  await checkpoints.drop(MICRO);
  await expect(verdict).toHaveText(/^A Spike2Former of 5 classes/);
  await expect(dialog).toContainText('Found instate_dict');
  await expect(dialog).toContainText('12 queries');
  const matched = dialog.getByText('1069 tensors matched');
  await expect(dialog.getByText('0 tensors missing')).toBeVisible();
  await matched.click();
  await expect(dialog.getByText('decode_head.query_feat.weight')).toBeVisible();

  await checkpoints.giveOptions();
  await load.click();
  await expect(dialog).toBeHidden();
  await expect(page.locator('#result')).toHaveText(RESULT, SLOW);
  await expect(page.locator('#legend')).toContainText('天空');
  await expect(page.getByLabel('Model', { exact: true })).toContainText('checkpoint_mmengine.pth');
  await page.getByText('How its tensors fitted').click();
  await expect(page.locator('#model-report')).toContainText('1069 tensors matched');
  await expect(page.locator('#problem')).toBeHidden();
});

test('loading can be cancelled, back to the bundled model', async ({ checkpoints }) => {
  const { page, dialog, load } = checkpoints;
  await checkpoints.drop(MICRO);
  await checkpoints.giveOptions();
  await load.click();
  await expect(dialog).toBeHidden();
  await page.unroute('**/weights/portrait/**');
  await page.locator('#loading').getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByLabel('Model', { exact: true })).toHaveValue('weights/portrait/');
  await expect(page.locator('#legend')).toContainText('clothes', SLOW);
  await expect(page.locator('#model-report')).toBeHidden();
});

test('options that do not go together are told, and can be corrected', async ({ checkpoints }) => {
  const { page, dialog, verdict, load } = checkpoints;
  await page.locator('#model-files').setInputFiles(MICRO);
  await expect(load).toBeVisible();
  await dialog.getByLabel('Heads of the backbone').fill('5');
  await dialog.getByLabel('Heads of the backbone').blur();
  await expect(verdict).toContainText('num_heads');
  await expect(load).toBeHidden();
  await dialog.getByLabel('Heads of the backbone').fill('4');
  await dialog.getByLabel('Heads of the backbone').blur();
  await expect(load).toBeVisible();
});

test('tensors that do not fit are counted and named', async ({ checkpoints, site }) => {
  const { dialog, verdict, load } = checkpoints;
  await checkpoints.open();
  await checkpoints.fetch(site.url('/faulty.safetensors'));
  await expect(verdict).toContainText('its tensors do not fit');
  await expect(load).toBeHidden();
  for (const [kind, named] of [
    ['1 tensor missing', 'decode_head.cls_embed.bias [6]'],
    ['1 tensor unexpected', 'decode_head.extra.bias [6]'],
    ['1 tensor of another shape', 'decode_head.mask_embed.fc_out.bias is [31], expected [32]'],
  ] as const) {
    await dialog.getByText(kind).click();
    await expect(dialog.getByText(named)).toBeVisible();
  }
});

test('what is none of ours is told in a sentence, with nothing to load', async ({
  checkpoints,
}) => {
  const { page, verdict, problem, load } = checkpoints;
  await page.locator('#model-files').setInputFiles(shared('goldens', 'lif', 'weights.safetensors'));
  await expect(verdict).toContainText('a classifier of the Spike-Driven Transformer V2 family');
  await expect(load).toBeHidden();

  await checkpoints.drop(shared('goldens', 'malicious', 'reduce_os_system.pth'));
  await expect(problem).toContainText(/posix|system|nt\b/);
  await expect(load).toBeHidden();
  await checkpoints.drop(MICRO);
  await expect(problem).toBeHidden();
  await expect(load).toBeVisible();
});

test('a file that is not the published one is loaded only on the visitor’s word', async ({
  checkpoints,
  site,
}) => {
  const { page, dialog, load } = checkpoints;
  await checkpoints.open();
  await dialog.getByLabel('Published model').selectOption('ADE20K-SDTv2');
  const facts = dialog.locator('#checkpoint-facts');
  await expect(facts).toContainText('150: wall, building');
  await expect(facts).toContainText('34.4\u00a0M, 137.4\u00a0MB as float32');
  await expect(facts).toContainText('no licence file upstream');
  await expect(facts).toContainText('arXiv:2412.14587');
  const address = dialog.getByRole('textbox', { name: 'Address' });
  await expect(address).toHaveValue(/^https:\/\/huggingface\.co\/.*ADE20K-SDTv2.*\.pth$/);

  await checkpoints.fetch(site.url('/wide.safetensors'));
  const mismatch = dialog.getByRole('alert').filter({ hasText: 'This is not the published file' });
  await expect(mismatch).toContainText(/Expected6384d6bf[0-9a-f]{56}Got[0-9a-f]{64}/);
  await expect(load).toHaveText('Load it anyway');
  const origin = dialog.getByLabel('It is, or was made from');
  await origin.selectOption('');
  await expect(mismatch).toBeHidden();
  await expect(load).toHaveText('Load');
  await origin.selectOption('ADE20K-SDTv2');
  await checkpoints.giveOptions();
  await load.click();
  await expect(page.locator('#result')).toHaveText(/^\d+ class(es)? in /, SLOW);
  await expect(page.locator('#legend')).toContainText('chest of drawers');
  const notices = page.getByRole('list', { name: 'What to know of this model' });
  await expect(notices).toContainText('Licence: no licence file upstream');
  await expect(notices).toContainText('wide.safetensors is not the published ADE20K-SDTv2');
  await expect(notices).toContainText('could not be verified here');
});

test('a fetched checkpoint is kept, and opened after a reload without the network', async ({
  checkpoints,
  site,
}) => {
  const { page, dialog, load } = checkpoints;
  await checkpoints.open();
  await expect(dialog).toContainText('Nothing yet.');
  await checkpoints.fetch(site.url('/micro.pth'));
  await checkpoints.giveOptions();
  await load.click();
  await expect(page.locator('#result')).toHaveText(RESULT, SLOW);
  await expect(page.locator('#model-note')).toHaveText(`From ${site.url('/micro.pth')}`);
  expect(site.requests).toEqual(['/micro.pth whole']);

  await page.reload();
  site.close();
  await checkpoints.open();
  await expect(dialog).toContainText(/micro\.pth5\.\d\sMB, from http/);
  await checkpoints.kept('micro.pth').click();
  await expect(load).toBeVisible();
  await dialog.getByRole('button', { name: 'Another checkpoint' }).click();
  await dialog.getByRole('button', { name: 'Delete micro.pth' }).click();
  await expect(dialog).toContainText('Nothing yet.');
  await expect(checkpoints.kept('micro.pth')).toHaveCount(0);
  expect(site.requests).toHaveLength(1);
});

test('a browser without room says so, and loads all the same', async ({ checkpoints, site }) => {
  const { page, load } = checkpoints;
  const devtools = await page.context().newCDPSession(page);
  const origin = new URL(page.url()).origin;
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1_000_000 });
  await checkpoints.open();
  await checkpoints.fetch(site.url('/micro.pth'));
  await checkpoints.giveOptions();
  await load.click();
  await expect(page.locator('#model-notices')).toContainText(/no room to keep .* takes 5 MB/, SLOW);
  await expect(page.locator('#result')).toHaveText(RESULT, SLOW);
});

test('a cut transfer goes on; one that hangs can be cancelled', async ({ checkpoints, site }) => {
  const { dialog, problem, load } = checkpoints;
  await checkpoints.open();
  await checkpoints.fetch(site.url('/stuck.pth'));
  await expect(dialog.getByRole('progressbar')).toHaveAccessibleName(/: 2\.\d\sMB of 5\.\d\sMB$/);
  await expect(dialog.getByRole('button', { name: 'Fetch' })).toBeDisabled();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog.getByRole('progressbar')).toBeHidden();
  await expect(problem).toBeHidden();

  await checkpoints.fetch(site.url('/cut.pth'));
  await expect(load).toBeVisible();
  const half = Math.floor((await readFile(MICRO)).length / 2);
  expect(site.requests.slice(1)).toEqual(['/cut.pth whole', `/cut.pth bytes=${half}-`]);
});

for (const [path, says] of [
  ['/nothing.pth', /there is no file at .* \(the server answered 404\)/],
  ['/private.pth', /refuses to give .* \(it answered 403\)/],
  ['/page.pth', /is a web page, not a file of weights/],
  ['/closed.pth', /does not allow this page to read the file \(CORS\)/],
  ['/moved.pth', /or one that it redirects to, does not allow .* \(CORS\)/],
] as const) {
  test(`${path} is told in a sentence`, async ({ checkpoints, site }) => {
    await checkpoints.open();
    await checkpoints.fetch(site.url(path));
    await expect(checkpoints.problem).toHaveText(says);
    await expect(checkpoints.dialog.getByRole('button', { name: 'Fetch' })).toBeEnabled();
  });
}

test('is used by keyboard alone', async ({ checkpoints, site }) => {
  const { page, dialog, load } = checkpoints;
  const open = page.getByRole('button', { name: 'Your checkpoint…' });
  await page.getByRole('button', { name: 'Open files…' }).focus();
  await page.keyboard.press('Tab');
  await expect(open).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('button', { name: 'Close' })).toBeFocused();
  for (let i = 0; i < 3; i++) await page.keyboard.press('Tab');
  await expect(dialog.getByRole('textbox', { name: 'Address' })).toBeFocused();
  await page.keyboard.type(site.url('/micro.pth'));
  await page.keyboard.press('Enter');
  await expect(dialog.locator('#checkpoint-name')).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(dialog.getByText('decode_head.query_feat.weight')).toBeVisible();
  while (!(await load.evaluate((button) => button === document.activeElement))) {
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(open).toBeFocused();
});
