import assert from 'node:assert/strict';
import { OPERATIONS } from '../operations/common/contract.ts';
import { useBrowser } from '../support/browser.ts';
import { useApp } from '../support/test-app.ts';
import { useVisitors } from '../support/visitors.ts';
import { execute, inspect, openReference } from './docs-visit.ts';

// A visitor's page that complains, about its policy for instance, fails the test.
describe('The documentation in a browser', function () {
  this.timeout(40_000);
  const app = useApp({ roles: ['api'] });
  const newVisitor = useVisitors(useBrowser());

  it('a guide is accessible and within its width, in both schemes', async () => {
    const { page } = await newVisitor();
    await page.goto(`${app().url}/docs/guides/idempotency`);
    await inspect(page, 'idempotency');
  });

  it('the reference shows every operation, and is accessible and within its width, in both schemes', async () => {
    const page = await openReference(newVisitor, app().url);
    const shown = await page.locator('.opblock-summary').allInnerTexts();
    assert.deepEqual(
      shown.map((text) => text.replaceAll(/[\u200b\s]+/g, ' ').replace(/^(\w+ \S+) .*/, '$1')).sort(),
      OPERATIONS.map(({ method, path }) => `${method} ${path}`).sort(),
    );
    await inspect(page, 'reference');
  });

  it('a call can be tried out on this server', async () => {
    const page = await openReference(newVisitor, app().url, '#/capacity/getCapacityStatus');
    assert.match(await execute(page, 'capacity-getCapacityStatus'), /"expected_start_seconds"/);
  });
});
