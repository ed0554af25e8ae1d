import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { GUIDES, guidePath } from '../../src/web/docs/guides.ts';
import { OPERATIONS } from '../operations/common/contract.ts';
import { assertAccessible } from '../support/axe.ts';
import { useBrowser } from '../support/browser.ts';
import { signInNewUser } from '../support/factories.ts';
import { screenshot } from '../support/screenshots.ts';
import { useApp } from '../support/test-app.ts';
import { useVisitors } from '../support/visitors.ts';
import { overflowOf } from './page-facts.ts';

const WIDTHS = [390, 1280];
const SCHEMES = ['light', 'dark'] as const;

/**
 * What Swagger UI's dialog for credentials breaks by itself: its cross has no name, its headings begin at the third level,
 * and its buttons say "Authorize" to the eye and "Apply credentials" to the ear.
 */
const OF_THE_DIALOG = ['button-name', 'heading-order', 'label-content-name-mismatch'];

// A visitor's page that complains, about its policy for instance, fails the test.
describe('The documentation in a browser', function () {
  this.timeout(40_000);
  const app = useApp({ roles: ['api'] });
  const newVisitor = useVisitors(useBrowser());

  /** Holds the page against the rules at both widths in both schemes, and takes its pictures. */
  async function inspect(page: Page, name: string): Promise<void> {
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

  async function openReference(fragment = ''): Promise<Page> {
    // A colour on its way from one scheme to the other is none to be measured.
    const { page } = await newVisitor({ reducedMotion: 'reduce' });
    await page.goto(`${app().url}/docs${fragment}`);
    await page.locator('.opblock').first().waitFor();
    return page;
  }

  const openOperation = async (tag: string, operationId: string): Promise<Page> => {
    const page = await openReference(`#/${tag}/${operationId}`);
    await page.locator('.opblock.is-open .samples').waitFor();
    return page;
  };

  for (const guide of GUIDES) {
    it(`the guide ${guide.name} is accessible and within its width, in both schemes`, async () => {
      const { page } = await newVisitor();
      await page.goto(`${app().url}${guidePath(guide)}`);
      await inspect(page, guide.name);
    });
  }

  it('the reference shows every operation, and is accessible and within its width, in both schemes', async () => {
    const page = await openReference();
    const shown = await page.locator('.opblock-summary').allInnerTexts();
    assert.deepEqual(
      shown.map((text) => text.replaceAll(/[\u200b\s]+/g, ' ').replace(/^(\w+ \S+) .*/, '$1')).sort(),
      OPERATIONS.map(({ method, path }) => `${method} ${path}`).sort(),
    );
    await inspect(page, 'reference');
  });

  it('an operation with parameters, a body, samples and answers is so too', async () => {
    await inspect(await openOperation('relay', 'startRelay'), 'reference-start-relay');
  });

  it('every operation opens, with its samples and without a complaint', async () => {
    const page = await openReference();
    const opened = await page.evaluate(async () => {
      const found: (string | undefined)[] = [];
      for (const operation of document.querySelectorAll('.opblock')) {
        const control = operation.querySelector<HTMLElement>('.opblock-summary-control');
        control?.click();
        while (!operation.querySelector('.samples pre, .errors-wrapper')) await new Promise(requestAnimationFrame);
        found.push(operation.querySelector('.samples pre')?.textContent?.slice(0, 4));
        // All of them at once are more than a small machine likes.
        control?.click();
      }
      return found;
    });
    assert.deepEqual(
      opened,
      OPERATIONS.map(() => 'curl'),
    );
  });

  it('an opened operation has an address of its own, which a guide’s link leads to', async () => {
    const page = await openReference();
    await page.locator('#operations-relay-stopRelay .opblock-summary-control').click();
    await page.waitForURL('**/docs#/relay/stopRelay');
    await page.goto(`${app().url}/docs/guides/limits`);
    await page.getByRole('link', { name: 'migrateRelay' }).click();
    await page.locator('#operations-relay-migrateRelay.is-open').waitFor();
  });

  it('a call can be tried out on this server, also one that needs a token', async () => {
    const { token, user } = await signInNewUser(app());
    const page = await openOperation('capacity', 'getCapacityStatus');
    assert.match(await execute(page, 'capacity-getCapacityStatus'), /"expected_start_seconds"/);
    await page.getByRole('button', { name: 'Authorize' }).click();
    const dialog = page.locator('.dialog-ux');
    await dialog.waitFor();
    await assertAccessible(page, { except: OF_THE_DIALOG });
    await dialog.getByLabel('auth-bearer-value').fill(token);
    await dialog.getByRole('button', { name: 'Apply credentials' }).first().click();
    await dialog.getByRole('button', { name: 'Close' }).first().click();
    await page.locator('#operations-auth-getAuthSession .opblock-summary-control').click();
    assert.match(await execute(page, 'auth-getAuthSession'), new RegExp(user.email));
    await page.setViewportSize({ width: 390, height: 844 });
    assert.deepEqual(await overflowOf(page), []);
  });

  it('a guide needs no script', async () => {
    const { page } = await newVisitor({ javaScriptEnabled: false });
    await page.goto(`${app().url}/docs`);
    assert.match(await page.locator('noscript').innerText(), /The reference needs JavaScript/);
    await page.getByRole('link', { name: 'Errors' }).click();
    await page.getByRole('heading', { name: 'Every code' }).waitFor();
  });

  /** Presses "Try it out" and "Execute"; returns what came back. */
  async function execute(page: Page, id: string): Promise<string> {
    const operation = page.locator(`#operations-${id}`);
    await operation.getByRole('button', { name: 'Try it out' }).click();
    await operation.getByRole('button', { name: 'Execute' }).click();
    const answer = operation.locator('.live-responses-table');
    await answer.waitFor();
    return answer.innerText();
  }
});
