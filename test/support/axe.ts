import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { RunOnly } from 'axe-core';
import type { Page } from 'playwright-core';

const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
// Less than half of the package's `source`, which every page would have to read anew.
const SOURCE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

/** The rules that depend on the colour scheme. */
const COLOR_RULES = ['color-contrast', 'link-in-text-block'];

/**
 * Holds the page against WCAG 2.0, 2.1 and 2.2 (A and AA) and against what axe calls best practice.
 *
 * The source comes in by the debugger and not as a script of the page, so that the page's own policy stays in force.
 *
 * @param colorsOnly for a page that was held against the rest in another colour scheme.
 * @param except ids of rules that a part which isn't ours breaks.
 */
export async function assertAccessible(
  page: Page,
  { colorsOnly = false, except = [] }: { colorsOnly?: boolean; except?: readonly string[] } = {},
): Promise<void> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(SOURCE);
  const violations = await page.evaluate(async (runOnly) => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run(document, {
      runOnly,
      resultTypes: ['violations'],
      // The stylesheet is our own and readable as it is; fetching it is what the policy forbids.
      preload: false,
    });
    return violations.map(({ id, help, helpUrl, nodes }) => ({
      id,
      rule: `${id}: ${help}`,
      helpUrl,
      targets: nodes.map(({ target, failureSummary }) => `${target.join(' ')}\n      ${failureSummary}`),
    }));
  }, toRunOnly(colorsOnly));
  const list = violations
    .filter(({ id }) => !except.includes(id))
    .map(({ rule, helpUrl, targets }) => `  ${rule}\n    ${helpUrl}\n    ${targets.join('\n    ')}`);
  assert.equal(list.length, 0, `${page.url()} is not accessible:\n${list.join('\n')}`);
}

function toRunOnly(colorsOnly: boolean): RunOnly {
  return colorsOnly ? { type: 'rule', values: COLOR_RULES } : { type: 'tag', values: STANDARDS };
}
