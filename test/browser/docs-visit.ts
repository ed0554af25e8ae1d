import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { assertAccessible } from '../support/axe.ts';
import { screenshot } from '../support/screenshots.ts';
import type { useVisitors } from '../support/visitors.ts';
import { overflowOf } from './page-facts.ts';

const WIDTHS = [390, 1280];
const SCHEMES = ['light', 'dark'] as const;

/** Holds the page against the rules at both widths in both schemes, and takes its pictures. */
export async function inspect(page: Page, name: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 844 });
    assert.deepEqual(await overflowOf(page), [], `${name} sticks out at ${width} px`);
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      // A script of the reference hears of the scheme a moment later.
      if (name.startsWith('reference'))
        await page.locator(`html${colorScheme === 'dark' ? '.dark-mode' : ':not(.dark-mode)'}`).waitFor();
      const isLight = colorScheme === 'light';
      // Colours are the same at every width.
      if (isLight || width === WIDTHS[0]) await assertAccessible(page, { colorsOnly: !isLight });
      await screenshot(page, `docs-${name}-${colorScheme}`, width);
    }
  }
}

/** Opens the reference, at an operation where a fragment names one. */
export async function openReference(
  newVisitor: ReturnType<typeof useVisitors>,
  url: string,
  fragment = '',
): Promise<Page> {
  // A colour on its way from one scheme to the other is none to be measured.
  const { page } = await newVisitor({ reducedMotion: 'reduce' });
  await page.goto(`${url}/docs${fragment}`);
  await page
    .locator(fragment === '' ? '.opblock' : '.opblock.is-open .samples')
    .first()
    .waitFor();
  return page;
}

/** Presses "Try it out" and "Execute"; returns what came back. */
export async function execute(page: Page, id: string): Promise<string> {
  const operation = page.locator(`#operations-${id}`);
  await operation.getByRole('button', { name: 'Try it out' }).click();
  await operation.getByRole('button', { name: 'Execute' }).click();
  const answer = operation.locator('.live-responses-table');
  await answer.waitFor();
  return answer.innerText();
}
