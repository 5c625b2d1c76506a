import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';

/** What axe finds wrong in a page as it stands: a line for every rule and element. */
export async function violations(page: Page): Promise<string[]> {
  // The usual mode would open a second page, which the contexts of these tests do not allow.
  const { violations: found } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  return found.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}
