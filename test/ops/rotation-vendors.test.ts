import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type Cloudflare, startCloudflare } from '../support/cloudflare/index.ts';
import { eventually } from '../support/eventually.ts';
import { signInNewUser, startActive } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { startScriptedProvider } from '../support/identity-provider/scripted/index.ts';
import { startLemonSqueezyStandIn } from '../support/lemonsqueezy/index.ts';
import { createPageClient } from '../support/page-client.ts';
import { addPoolHost } from '../support/pool-hosts.ts';
import { readSession, stop } from '../support/relay-calls.ts';
import { newPerson, providerEnv } from '../support/scripted-web-lab.ts';
import { VARIANTS } from '../support/shop.ts';
import { startSlsHost } from '../support/sls-host/index.ts';
import { startTestApp, type TestApp } from '../support/test-app.ts';
import { createTestDatabase } from '../support/test-run.ts';
import { assertSignedIn } from '../web/sign-in-checks.ts';

const [FORMER, PRESENT] = [secret(), secret()];

/** The worst order: the vendor's side has only the new one already, and the service still has the former one. */
describe("Replacing a vendor's credential, first at the vendor's", function () {
  this.timeout(120_000);
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => database.drop());

  /** Runs the application with this environment, then ends it. */
  async function withApp<T>(env: Record<string, string>, act: (app: TestApp) => Promise<T>): Promise<T> {
    const app = await startTestApp({ databaseUrl: database.url, env, ticking: true });
    try {
      return await act(app);
    } finally {
      await app.stop();
    }
  }

  describe('CLOUDFLARE_API_TOKEN', () => {
    let cloudflare: Cloudflare;
    const zoneId = '0123456789abcdef0123456789abcdef';
    before(async () => {
      cloudflare = await startCloudflare({ zoneId, token: PRESENT });
    });
    after(() => cloudflare.close());
    const env = (token: string) => ({
      RELAY_DOMAIN: 'relays.example.com',
      CLOUDFLARE_API_BASE_URL: cloudflare.url,
      CLOUDFLARE_API_TOKEN: token,
      CLOUDFLARE_ZONE_ID: zoneId,
      // Both applications look after the same relays.
      DEPLOYMENT_NAME: `rotation-${process.pid}`,
    });

    it('relays start without their names meanwhile, and get them behind the restart', async () => {
      const held = await withApp(env(FORMER), async (app) => {
        const { token } = await signInNewUser(app);
        const session = await startActive(app, token);
        await eventually(() => assert.ok(cloudflare.calls.length > 0));
        return { token, id: session.session_id };
      });
      assert.deepEqual(cloudflare.records(), []);
      await withApp(env(PRESENT), (app) =>
        eventually(
          async () => {
            const { relay } = await readSession(app, held.token, held.id);
            assert.deepEqual(
              cloudflare.records().map(({ name }) => name),
              [relay.relay_hostname],
            );
          },
          { timeoutMs: 60_000 },
        ),
      );
    });
  });

  it('OIDC_CLIENT_SECRET: nobody new can sign in meanwhile, who is signed in stays so, and all is well behind the restart', async () => {
    const before = await startScriptedProvider({ clientId: 'telemy-test', clientSecret: FORMER });
    const after = await startScriptedProvider({ clientId: 'telemy-test', clientSecret: PRESENT });
    const signInThere = async (app: TestApp) => {
      const person = newPerson();
      for (const provider of [before, after]) provider.user = person;
      const browser = createPageClient(app.url);
      const handOff = await browser.submit(await browser.open('/account'), '/account/sign-in');
      const link = /href="(http[^"]*)"/.exec(handOff.html)?.[1]?.replaceAll('&amp;', '&') ?? '';
      const back = new URL((await fetch(link, { redirect: 'manual' })).headers.get('Location') ?? '');
      return { browser, person, page: await browser.open(`${back.pathname}${back.search}`) };
    };
    try {
      const cookies = await withApp({ ...providerEnv(before), OIDC_CLIENT_SECRET: FORMER }, async (app) => {
        const { browser, person } = await signInThere(app);
        await assertSignedIn(browser, String(person.email));
        return { kept: browser.cookies, person };
      });
      const resume = (app: TestApp) => {
        const browser = createPageClient(app.url);
        for (const [name, value] of cookies.kept) browser.cookies.set(name, value);
        return assertSignedIn(browser, String(cookies.person.email));
      };
      await withApp({ ...providerEnv(after), OIDC_CLIENT_SECRET: FORMER }, async (app) => {
        assert.ok((await signInThere(app)).page.status >= 400);
        await resume(app);
      });
      await withApp({ ...providerEnv(after), OIDC_CLIENT_SECRET: PRESENT }, async (app) => {
        const { browser, person } = await signInThere(app);
        await assertSignedIn(browser, String(person.email));
        await resume(app);
      });
    } finally {
      await Promise.all([before.close(), after.close()]);
    }
  });

  it('POOL_API_KEY: what ends meanwhile is taken down behind the restart', async () => {
    const sls = await startSlsHost({ apiKey: FORMER });
    const env = (key: string) => ({
      RELAY_PROVIDER: 'pool',
      POOL_API_KEY: key,
      DEPLOYMENT_NAME: `rotation-${process.pid}`,
    });
    const streams = () => sls.streams().length;
    try {
      const held = await withApp(env(FORMER), async (app) => {
        const { ip: publicIp, apiPort: slsPort, statsPort } = sls;
        const address = { publicIp, srtPort: 5000, playerPort: 4000, statsPort, slsPort };
        await addPoolHost(app.database, { address });
        const { token } = await signInNewUser(app);
        await startActive(app, token);
        return token;
      });
      assert.equal(streams(), 1);
      await sls.goDown();
      await sls.comeUp(PRESENT);
      sls.calls.length = 0;
      await withApp(env(FORMER), async (app) => {
        assert.equal((await stop(app, held, {})).status, 200);
        await eventually(async () =>
          assert.deepEqual(await app.database('pool_assignments').pluck('state'), ['releasing']),
        );
        await eventually(() => assert.ok(sls.calls.some(({ path }) => path.startsWith('/api/'))));
        assert.equal(streams(), 1, 'its key is not ours');
      });
      await withApp(env(PRESENT), (app) =>
        eventually(
          async () => {
            assert.equal(streams(), 0);
            assert.deepEqual(await app.database('pool_assignments').pluck('state'), ['released']);
          },
          { timeoutMs: 60_000 },
        ),
      );
    } finally {
      await sls.close();
    }
  });

  it('LEMONSQUEEZY_API_KEY: no checkout is made meanwhile, and the same one behind the restart', async () => {
    const seller = await startLemonSqueezyStandIn({
      apiKey: PRESENT,
      storeId: '4711',
      webhookSecret: secret(),
      webhookUrl: () => undefined,
      variants: VARIANTS,
      clock: { now: () => new Date() },
      testMode: true,
      timeScale: 0,
    });
    const env = (key: string) => ({
      LEMONSQUEEZY_API_KEY: key,
      LEMONSQUEEZY_API_BASE_URL: seller.url,
      LEMONSQUEEZY_STORE_ID: '4711',
    });
    const checkout = (app: TestApp, token: string) =>
      call(app, 'POST', '/billing/checkout', { token, body: { plan: 'pro' } });
    try {
      const token = await withApp(env(FORMER), async (app) => {
        const device = await signInNewUser(app, 'free');
        const { status } = await checkout(app, device.token);
        assert.equal(status, 503);
        assert.match(app.logLines.join('\n'), /answered 401/);
        return device.token;
      });
      await withApp(env(PRESENT), async (app) => assert.equal((await checkout(app, token)).status, 201));
    } finally {
      await seller.close();
    }
  });
});

function secret(): string {
  return randomBytes(30).toString('base64url');
}
