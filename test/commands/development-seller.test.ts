import assert from 'node:assert/strict';
import { loadConfig } from '../../src/config.ts';
import { startDevelopmentSeller } from '../../src/development-seller.ts';
import { type Lab, openLab } from '../crash/lab.ts';
import { eventually } from '../support/eventually.ts';
import { type SignedIn, signInNewUser } from '../support/factories.ts';
import { PRODUCTION, SECRETS } from '../support/good-secrets.ts';
import { call } from '../support/http.ts';
import { exitWithin, type ServerProcess } from '../support/process.ts';

const DEVELOPMENT = { NODE_ENV: 'development' };

describe('the service in development, without a key of the seller', function () {
  this.timeout(60_000);
  let lab: Lab;
  let server: ServerProcess;
  let customer: SignedIn;

  before(async () => {
    lab = await openLab();
    server = await lab.start('all', DEVELOPMENT);
    customer = await signInNewUser(lab.api, 'free');
  });

  after(async () => {
    await lab.close();
  });

  it('says where its stand-in is, and that nothing is charged', () => {
    assert.match(standInOf(server), /^http:\/\/127\.0\.0\.1:\d+$/);
  });

  for (const [body, variant, plan] of [
    [{ plan: 'starter' }, 1001, ['starter', 1]],
    [{ addon_relays: 2 }, 1101, ['starter', 3]],
  ] as const) {
    it(`sells ${JSON.stringify(body)}: what is paid on the checkout page becomes access by webhook`, async () => {
      const { status, text, body: checkout } = await call(server, 'POST', '/billing/checkout', { ...customer, body });
      assert.equal(status, 201, text);
      assert.equal(new URL(checkout.checkout_url).origin, standInOf(server));
      const page = await (await fetch(`${checkout.checkout_url}/pay`, { method: 'POST' })).text();
      assert.match(page, /Thank you/);
      await eventually(async () => assert.deepEqual(await access(), plan));
      const sold = await lab.api.database('subscription_snapshots').where({ variant_id: String(variant) });
      assert.notEqual(sold.length, 0);
    });
  }

  it('ends with its stand-in on SIGTERM, and a restart leaves what was bought as it was', async () => {
    const url = standInOf(server);
    server.kill('SIGTERM');
    assert.deepEqual(await exitWithin(server, 25_000), { code: 0, signal: null }, server.output());
    await assert.rejects(fetch(url), TypeError);
    server = await lab.start('all', DEVELOPMENT);
    assert.deepEqual(await access(), ['starter', 3]);
  });

  it('leaves it to the whole service: one part alone says that nothing can be bought', async () => {
    for (const role of ['api', 'worker'] as const) {
      const part = await lab.start(role, DEVELOPMENT);
      assert.match(part.output(), /^ {2}Seller +none: nothing can be bought$/m);
    }
  });

  async function access() {
    const { body } = await call(server, 'GET', '/auth/session', customer);
    return [body.entitlement.plan_tier, body.entitlement.max_concurrent_conns];
  }
});

describe("the seller's stand-in", () => {
  const start = (env: Record<string, string>) =>
    startDevelopmentSeller(
      loadConfig({ ...SECRETS, LEMONSQUEEZY_WEBHOOK_SECRET: SECRETS.JWT_SECRET, ...env }),
      { now: () => new Date() },
      () => undefined,
    );
  const selling = { LEMONSQUEEZY_API_KEY: 'key', LEMONSQUEEZY_STORE_ID: '1' };

  for (const [name, env] of Object.entries({
    'in production': PRODUCTION,
    'in tests': { NODE_ENV: 'test' },
    'beside a real seller': selling,
  })) {
    it(`is not there ${name}`, async () => {
      assert.equal(await start(env), undefined);
    });
  }

  it('has a secret that proves its webhooks, and sells in test mode whatever else is configured', async () => {
    const seller = await start({ LEMONSQUEEZY_MODE: 'live', LEMONSQUEEZY_STORE_ID: '77' });
    assert.ok(seller);
    try {
      assert.equal(seller.billing.mode, 'test');
      assert.equal(seller.billing.seller?.baseUrl, seller.url);
      assert.deepEqual(seller.billing.webhookSecrets, [SECRETS.JWT_SECRET]);
    } finally {
      await seller.close();
    }
  });
});

/** Empty when the process says nothing of one. */
function standInOf(server: ServerProcess): string {
  return /^ {2}Seller +a stand-in at (\S+); nothing is charged$/m.exec(server.output())?.[1] ?? '';
}
