/** What takes too long for `npm test`; `npm run test:browser` runs it. */
import assert from 'node:assert/strict';
import { GUIDES, guidePath } from '../../src/web/docs/guides.ts';
import { OPERATIONS } from '../operations/common/contract.ts';
import { assertAccessible } from '../support/axe.ts';
import { useBrowser } from '../support/browser.ts';
import { signInNewUser } from '../support/factories.ts';
import { useApp } from '../support/test-app.ts';
import { useVisitors } from '../support/visitors.ts';
import { execute, inspect, openReference } from './docs-visit.ts';
import { overflowOf } from './page-facts.ts';

/**
 * What Swagger UI's dialog for credentials breaks by itself: its cross has no name, its headings begin at the third level,
 * and its buttons say "Authorize" to the eye and "Apply credentials" to the ear.
 */
const OF_THE_DIALOG = ['button-name', 'heading-order', 'label-content-name-mismatch'];

// A visitor's page that complains, about its policy for instance, fails the test.
describe('All of the documentation in a browser', function () {
  this.timeout(40_000);
  const app = useApp({ roles: ['api'] });
  const newVisitor = useVisitors(useBrowser());

  for (const guide of GUIDES) {
    it(`the guide ${guide.name} is accessible and within its width, in both schemes`, async () => {
      const { page } = await newVisitor();
      await page.goto(`${app().url}${guidePath(guide)}`);
      await inspect(page, guide.name);
    });
  }

  it('an operation with parameters, a body, samples and answers is so too', async () => {
    await inspect(await openReference(newVisitor, app().url, '#/relay/startRelay'), 'reference-start-relay');
  });

  it('every operation opens, with its samples and without a complaint', async () => {
    const page = await openReference(newVisitor, app().url);
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
    const page = await openReference(newVisitor, app().url);
    await page.locator('#operations-relay-stopRelay .opblock-summary-control').click();
    await page.waitForURL('**/docs#/relay/stopRelay');
    await page.goto(`${app().url}/docs/guides/limits`);
    await page.getByRole('link', { name: 'migrateRelay' }).click();
    await page.locator('#operations-relay-migrateRelay.is-open').waitFor();
  });

  it('a call that needs a token can be tried out with one', async () => {
    const { token, user } = await signInNewUser(app());
    const page = await openReference(newVisitor, app().url, '#/capacity/getCapacityStatus');
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
});
