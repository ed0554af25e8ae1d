import { strict as assert } from 'node:assert';
import axe from 'axe-core';
import type { Page } from 'playwright-core';

const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/**
 * Holds the page against WCAG 2.0, 2.1 and 2.2 (A and AA) and against what axe calls best practice.
 *
 * The source comes in by the debugger and not as a script of the page, so that the page's own policy stays in force.
 */
export async function assertAccessible(page: Page): Promise<void> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  const violations = await page.evaluate(async (tags) => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run(document, {
      runOnly: { type: 'tag', values: tags },
      resultTypes: ['violations'],
      // The stylesheet is our own and readable as it is; fetching it is what the policy forbids.
      preload: false,
    });
    return violations.map(({ id, help, helpUrl, nodes }) => ({
      rule: `${id}: ${help}`,
      helpUrl,
      targets: nodes.map(({ target, failureSummary }) => `${target.join(' ')}\n      ${failureSummary}`),
    }));
  }, STANDARDS);
  const list = violations.map(
    ({ rule, helpUrl, targets }) => `  ${rule}\n    ${helpUrl}\n    ${targets.join('\n    ')}`,
  );
  assert.equal(list.length, 0, `${page.url()} is not accessible:\n${list.join('\n')}`);
}
