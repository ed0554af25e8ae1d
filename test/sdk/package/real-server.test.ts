import assert from 'node:assert/strict';
import { type Approvals, startApprovals } from '../../support/approvals.ts';
import { useBrowser } from '../../support/browser.ts';
import { makeUser, signInNewUser, type TestUser } from '../../support/factories.ts';
import { startFaultProxy } from '../../support/fault-proxy.ts';
import { usePackedSdk } from '../../support/packed-sdk.ts';
import { runInPage, type SdkSite, serveSdkPage } from '../../support/sdk-page.ts';
import { RUNTIMES, runScenario } from '../../support/sdk-scenarios.ts';
import { useApp } from '../../support/test-app.ts';
import { useVisitors } from '../../support/visitors.ts';

/** What the scenario tells when all went well. */
const LIFE = {
  login: 'signed_in',
  status: 'active',
  left: null,
  after: { name: 'TelemyApiError', status: 401, code: 'unauthorized' },
};

describe('The packed SDK and the real server', function () {
  this.timeout(60_000);
  const sdk = usePackedSdk();
  const app = useApp({ ticking: true });
  const browser = useBrowser();
  const newVisitor = useVisitors(browser);
  let site: SdkSite;
  let user: TestUser;
  let approvals: Approvals;

  before(async () => {
    site = await serveSdkPage(sdk().project);
  });
  beforeEach(async () => {
    user = await makeUser(app());
    approvals = await startApprovals(app(), user);
  });
  afterEach(() => approvals.stop());
  after(() => site.stop());

  /** The relay that was had, and that it is gone. */
  async function assertLived(answer: unknown): Promise<void> {
    const { events, ...rest } = answer as typeof LIFE & { events: string[] };
    assert.deepEqual(rest, LIFE);
    assert.ok(events.includes('provision_step') && events.at(-1) === 'relay_stopped', events.join());
    const sessions = await app().database('relay_sessions').where({ user_id: user.id });
    assert.deepEqual(
      sessions.map(({ status }) => status),
      ['stopped'],
    );
  }

  for (const runtime of RUNTIMES) {
    for (const format of ['import', 'require'] as const) {
      it(`live through a login and a relay together, by ${format} in ${runtime.name}`, async () => {
        const input = { baseUrl: app().url, approvals: approvals.url };
        await assertLived(
          await runScenario({ project: sdk().project, runtime, format, scenario: 'relay-life', input }),
        );
      });
    }
  }

  it('do so from a page of another origin too, as a dock is one', async () => {
    const { page } = await newVisitor();
    const input = { baseUrl: app().url, approvals: approvals.url };
    assert.notEqual(new URL(app().url).origin, site.origin);
    await assertLived(await runInPage(page, site.origin, 'relay-life', input));
  });

  it('renew tokens once for all calls of a dock; two docks of a browser take turns, and end with the same tokens', async () => {
    const proxy = await startFaultProxy(app().url);
    try {
      // Not a visitor that no complaint of the browser is expected of: it notes each 401.
      const context = await browser().newContext();
      const device = await signInNewUser(app());
      const tokens = JSON.stringify({ accessToken: `${device.token}x`, refreshToken: device.refreshToken });
      const pages = await Promise.all([context.newPage(), context.newPage()]);
      for (const page of pages) await page.goto(site.origin);
      await pages[0]?.evaluate((text) => localStorage.setItem('telemy.tokens', text), tokens);
      const input = { baseUrl: proxy.url, calls: 5 };
      const counts = await Promise.all(pages.map((page) => runInPage(page, site.origin, 'one-refresh', input)));
      assert.deepEqual(counts, [5, 5]);
      const refreshes = proxy.calls.filter(({ method, path }) => method === 'POST' && path.endsWith('/auth/refresh'));
      // Storage reaches the other dock a moment later than the lock: it may ask once more, and gets the same successor.
      assert.ok(refreshes.length <= 2, String(refreshes.length));
      const kept = await Promise.all(pages.map((page) => page.evaluate(() => localStorage.getItem('telemy.tokens'))));
      assert.equal(kept[0], kept[1]);
      assert.notEqual(kept[0], tokens);
      await context.close();
    } finally {
      await proxy.close();
    }
  });
});
