import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { assertAccessible } from '../support/axe.ts';
import { useBrowser } from '../support/browser.ts';
import { decideLogin } from '../support/factories.ts';
import {
  answerProvider,
  approveButton,
  askToSignIn,
  openSignedIn,
  press,
  signInAs,
  visit,
} from '../support/login-pages.ts';
import { screenshot } from '../support/screenshots.ts';
import { useVisitors } from '../support/visitors.ts';
import { useWebLab } from '../support/web-lab.ts';
import { overflowOf } from './page-facts.ts';

const WIDTHS = [390, 1280];
const ELSEWHERE = { 'X-Forwarded-For': '203.0.113.7' };

describe('Each kind of page, as the application sends it: accessible and within its width', function () {
  this.timeout(40_000);
  const lab = useWebLab({ TRUSTED_PROXIES: '127.0.0.1/32' });
  const newVisitor = useVisitors(useBrowser());

  it('from the code to the way to the provider', async () => {
    const { app } = lab();
    const { page } = await newVisitor();
    await visit(page, `${app.url}/login/plugin`);
    await inspect(page, 'code');
    await page.getByLabel('Code').fill('BBBB-BBBB');
    await press(page, 'Continue');
    await inspect(page, 'code-unknown');
    const attempt = await askToSignIn(app);
    await page.getByLabel('Code').fill(attempt.code);
    await press(page, 'Continue');
    await inspect(page, 'sign-in');
    // Nothing comes back from there, so that the browser stays.
    await page.route('**/auth?*', (route) => route.fulfill({ status: 204 }));
    await press(page, 'Sign in with Example ID');
    await inspect(page, 'hand-off');
  });

  it('from the approval to the account', async () => {
    const { app } = lab();
    const { page } = await newVisitor();
    await openSignedIn(page, await askToSignIn(app), 'Mia');
    await inspect(page, 'approve');
    await press(page, 'Approve');
    await inspect(page, 'approved');
    await page.getByRole('link', { name: 'see your account' }).click();
    await page.waitForURL('**/account');
    await inspect(page, 'account');
    await press(page, 'Sign out of this page');
    await inspect(page, 'account-signed-out');
  });

  it('for a request from another network', async () => {
    const { app } = lab();
    const { page } = await newVisitor();
    await visit(page, (await askToSignIn(app, { headers: ELSEWHERE })).url);
    await inspect(page, 'sign-in-elsewhere');
    await signInAs(page, 'Mia');
    await approveButton(page).waitFor();
    await inspect(page, 'approve-elsewhere');
    await page.getByRole('checkbox').evaluate((input) => input.removeAttribute('required'));
    await press(page, 'Approve');
    await inspect(page, 'approve-tick-missing');
    await press(page, 'Deny');
    await inspect(page, 'denied');
  });

  it('where a sign-in cannot go on', async () => {
    const { app } = lab();
    const { page } = await newVisitor();
    const [cancelled, used, late] = [await askToSignIn(app), await askToSignIn(app), await askToSignIn(app)];
    await visit(page, cancelled.url);
    await press(page, 'Sign in with Example ID');
    await answerProvider(page, 'Cancel');
    await inspect(page, 'cancelled');
    const other = await newVisitor();
    await visit(other.page, cancelled.url);
    await inspect(other.page, 'foreign');
    await decideLogin(app, { login_attempt_id: used.id, outcome: 'denied' });
    await app.advanceClock(601);
    for (const [name, path, status] of [
      ['used', used.url, 409],
      ['expired', late.url, 410],
      ['unknown', `${app.url}/login/plugin?attempt=pla_1`, 404],
      ['failed', `${app.url}/login/callback?state=x`, 400],
      ['not-found', `${app.url}/account/nothing`, 404],
    ] as const) {
      assert.equal(await visit(page, path), status);
      await inspect(page, name);
    }
  });
});

async function inspect(page: Page, name: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 844 });
    assert.deepEqual(await overflowOf(page), [], `${name} sticks out at ${width} px`);
    await screenshot(page, `flow-${name}`, width);
  }
  await assertAccessible(page);
}
