import { expect, test, type Page } from '@playwright/test';

// Runs in a browser without a GPU that WebGPU could use, not even one in software.

test('explains a missing adapter, with the samples still there', async ({ page }) => {
  await page.goto('./');
  await expectProblem(page, 'WebGPU found no graphics processor');
  await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
});

test('explains a browser without WebGPU, and fetches no weights for it', async ({ page }) => {
  const weights: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/weights/')) weights.push(request.url());
  });
  await page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'gpu'));
  await page.goto('./');
  await expectProblem(page, 'This browser does not offer WebGPU');
  await expect(page.getByText('Chrome or Edge 113')).toBeVisible();
  expect(weights).toEqual([]);
});

test('explains an insecure connection', async ({ page }) => {
  await page.addInitScript(() =>
    Object.defineProperty(window, 'isSecureContext', { value: false }),
  );
  await page.goto('./');
  await expectProblem(page, 'This page came over a connection that is not secure');
});

test('fits a narrow phone', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto('./');
  await expect(page.getByRole('img').first()).toBeVisible();
  const [content, window] = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return [scrollWidth, clientWidth];
  });
  expect(content).toBe(window);
});

async function expectProblem(page: Page, title: string): Promise<void> {
  await expect(page.getByRole('alert').filter({ hasText: title })).toBeVisible();
  await page.getByRole('button', { name: 'A doctor in a white coat' }).click();
  await expect(page.getByRole('application')).toHaveAccessibleName(/A doctor in a white coat/);
  await expect(page.locator('#photo')).toHaveJSProperty('width', 640);
  await expect(page.locator('#loading')).toBeHidden();
}
