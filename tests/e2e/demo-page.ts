import { test as base, expect, type Locator, type Page } from '@playwright/test';

/** For what a software GPU does: compile a network, run it. */
export const SLOW = { timeout: 120_000 };

/** The demo in one tab, with its model loaded and the first sample segmented. */
export class DemoPage {
  readonly page: Page;
  readonly view: Locator;
  readonly result: Locator;
  readonly notice: Locator;
  /** Addresses of other origins that the page asked for. */
  readonly foreignRequests: string[] = [];
  /** What the browser complained about: refusals of the security policy, failures, exceptions. */
  readonly complaints: string[] = [];

  constructor(page: Page, origin: string) {
    this.page = page;
    this.view = page.getByRole('application');
    this.result = page.locator('#result');
    this.notice = page.locator('#notice');
    page.context().on('request', (request) => {
      const { protocol, href } = new URL(request.url());
      const inside = href.startsWith(origin) || protocol === 'blob:' || protocol === 'data:';
      if (!inside) this.foreignRequests.push(href);
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  /** Does `choose` and waits until the photo of that title has its result. */
  async segmentAfter(title: string, choose: () => Promise<void>): Promise<string> {
    await choose();
    await expect(this.view).toHaveAccessibleName(`Segmented photo: ${title}`);
    await expect(this.view).toHaveAttribute('aria-busy', 'false', SLOW);
    await expect(this.page.locator('#problem')).toBeHidden();
    await expect(this.result).toHaveText(/^\d class(es)? in /, SLOW);
    return this.result.innerText();
  }

  /** Shows a sample with its result, and does nothing if it is there already. */
  async show(title: string): Promise<void> {
    const name = await this.view.getAttribute('aria-label');
    const done = /^\d class/.test(await this.result.innerText());
    if (done && name === `Segmented photo: ${title}`) return;
    await this.segmentAfter(title, () => this.sample(title).click());
  }

  sample(what: RegExp | string): Locator {
    return this.page.locator('#samples').getByRole('button', { name: what });
  }

  /** The row of a class in the legend. */
  row(name: string): Locator {
    return this.page.locator('#legend').getByRole('button', { name });
  }

  /** Red, green, blue, alpha of the overlay, at parts of its width and height. */
  async overlayAt(x: number, y: number): Promise<readonly number[]> {
    return this.page.locator('#overlay').evaluate(
      (canvas: HTMLCanvasElement, [left, top]) => {
        const place = [Math.floor(left * canvas.width), Math.floor(top * canvas.height)] as const;
        return [...(canvas.getContext('2d')?.getImageData(...place, 1, 1).data ?? [])];
      },
      [x, y] as const,
    );
  }
}

/** Tests share one tab: to load a model takes a software GPU long. A failure gives the next a new tab. */
export const test = base.extend<object, { demo: DemoPage }>({
  demo: [
    async ({ browser }, use, { project }) => {
      const origin = project.use.baseURL ?? '';
      const page = await browser.newPage({
        baseURL: origin,
        viewport: { width: 1280, height: 860 },
      });
      const demo = new DemoPage(page, origin);
      await demo.segmentAfter(LAKE, async () => {
        await page.goto('./');
      });
      await use(demo);
      await page.close();
    },
    { scope: 'worker', timeout: 180_000 },
  ],
});

export const LAKE = 'A young woman with red hair in front of a lake';
export { expect };
