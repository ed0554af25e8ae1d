import assert from 'node:assert/strict';
import { createClient } from '../../generated/sdk/client/index.ts';
import { getAuthSession, pollPluginLogin, startPluginLogin } from '../../generated/sdk/sdk.gen.ts';
import { useBrowser } from '../support/browser.ts';
import { MIA, useWebLab } from '../support/web-lab.ts';

describe('The whole login, by the generated SDK and a real browser', function () {
  this.timeout(60_000);
  const browser = useBrowser();
  const lab = useWebLab();

  it('signs the plugin in to the account of who approved it', async () => {
    const { app } = lab();
    const client = createClient({ baseUrl: `${app.url}/api/v1`, throwOnError: true });
    const { data: attempt } = await startPluginLogin({
      client,
      throwOnError: true,
      body: { client: { platform: 'windows', plugin_version: '0.0.5', device_name: 'STREAM-PC' } },
    });
    const poll = () =>
      pollPluginLogin({
        client,
        throwOnError: true,
        body: { login_attempt_id: attempt.login_attempt_id, poll_token: attempt.poll_token },
      });
    assert.deepEqual((await poll()).data, { status: 'pending' });

    const context = await browser().newContext();
    const page = await context.newPage();
    await page.goto(attempt.authorize_url);
    assert.ok((await page.locator('main').innerText()).includes(attempt.user_code));
    await page.getByRole('button', { name: 'Sign in with Example ID' }).click();
    await page.getByRole('button', { name: 'Sign in as Mia' }).click();
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.getByText('Go back to OBS').first().waitFor();
    await context.close();

    const { data: done } = await poll();
    assert.ok(done && 'auth' in done);
    const auth = `Bearer ${done.auth.cp_access_jwt}`;
    const { data: session } = await getAuthSession({ client, throwOnError: true, headers: { Authorization: auth } });
    assert.deepEqual([session.user.email, session.user.display_name], [MIA.email, MIA.name]);
    assert.equal(session.entitlement.plan_tier, 'free');
  });
});
