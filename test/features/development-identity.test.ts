import assert from 'node:assert/strict';
import { startDevelopmentIdentity } from '../../src/development-identity.ts';
import type { OidcSettings } from '../../src/features/auth/oidc-settings.ts';
import { createBrowser } from '../support/identity-provider/browser.ts';
import { createRelyingParty } from '../support/identity-provider/relying-party.ts';

const PUBLIC_URL = 'http://127.0.0.1:1';
const DEVELOPMENT = { environment: 'development', oidc: undefined } as const;
const REAL: OidcSettings = {
  issuer: 'https://id.example.com',
  clientId: 'telemy',
  clientSecret: undefined,
  scopes: ['openid'],
  emailTrusted: false,
  providerName: 'Example',
};

describe("development's identity provider", () => {
  for (const [name, config] of Object.entries({
    'in production': { environment: 'production', oidc: undefined },
    'in tests': { environment: 'test', oidc: undefined },
    'beside a real provider': { environment: 'development', oidc: REAL },
  } as const)) {
    it(`is not there ${name}`, async () => {
      assert.equal(await startDevelopmentIdentity(config, () => PUBLIC_URL, 0), undefined);
    });
  }

  async function start(publicUrl: () => string | undefined = () => PUBLIC_URL, port = 0) {
    const identity = await startDevelopmentIdentity(DEVELOPMENT, publicUrl, port);
    assert.ok(identity);
    return identity;
  }

  it('signs in its demo user by the settings that it gives, once the API has an address', async () => {
    let publicUrl: string | undefined;
    const { url, oidc, close } = await start(() => publicUrl);
    try {
      assert.equal(oidc.issuer, url);
      assert.deepEqual([oidc.scopes, oidc.emailTrusted], [['openid', 'email', 'profile'], true]);
      const redirectUri = `${PUBLIC_URL}/login/callback`;
      const party = await createRelyingParty(oidc.issuer, {
        clientId: oidc.clientId,
        clientSecret: oidc.clientSecret ?? '',
        redirectUri,
      });
      const browser = createBrowser(redirectUri);
      const pending = await party.begin({ scope: oidc.scopes.join(' ') });
      assert.equal((await browser.open(pending.url)).status, 400);
      publicUrl = PUBLIC_URL;
      const page = await browser.open(pending.url);
      const { url: back } = await browser.press(page, { name: 'subject', value: 'demo' });
      const claims = (await party.finish(back, pending)).claims();
      assert.deepEqual(
        [claims?.sub, claims?.email, claims?.email_verified, claims?.name],
        ['demo', 'demo@example.com', true, 'Demo Streamer'],
      );
    } finally {
      await close();
    }
  });

  it('has the same issuer at each start, and another one where its port is taken', async () => {
    const first = await start();
    const port = Number(new URL(first.url).port);
    const second = await start(undefined, port);
    assert.notEqual(second.url, first.url);
    await Promise.all([first.close(), second.close()]);
    await assert.rejects(fetch(first.url), TypeError);
    const third = await start(undefined, port);
    assert.equal(third.oidc.issuer, first.oidc.issuer);
    await third.close();
  });
});
