import assert from 'node:assert/strict';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClientCountry } from '../../src/http/client-country.ts';
import { writeAddressDatabase } from '../support/address-database.ts';
import { CLIENT } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { wordsOf } from '../support/page-html.ts';
import { runCommand } from '../support/run-command.ts';
import { useScriptedLab } from '../support/scripted-web-lab.ts';
import { startTestApp, TEST_SECRETS } from '../support/test-app.ts';

/** One of Cloudflare's own addresses. */
const CLOUDFLARE = '173.245.48.1';

describe('The country of a request', () => {
  const lab = useScriptedLab({ env: { TRUSTED_PROXIES: 'cloudflare,127.0.0.0/8' } });
  const start = (app: { url: string }, headers: Record<string, string>) =>
    call(app, 'POST', '/auth/plugin/login/start', { body: { client: CLIENT }, headers });

  it('is the one that Cloudflare tells, and the page names it, for the plugin and for the browser', async () => {
    const { app, browser } = lab();
    const { body } = await start(app, { 'CF-IPCountry': 'de', 'X-Forwarded-For': `203.0.113.1, ${CLOUDFLARE}` });
    const stored = await app.database('plugin_login_attempts').where({ id: body.login_attempt_id }).first();
    assert.equal(stored.requester_country, 'DE');
    const visitor = browser({ 'CF-IPCountry': 'T1', 'X-Forwarded-For': `198.51.100.1, ${CLOUDFLARE}` });
    const words = wordsOf((await visitor.open(`/login/plugin?attempt=${body.login_attempt_id}`)).html);
    assert.ok(words.includes('Germany') && words.includes('the Tor network'), words);
  });

  it('is not asked of a server that does not stand behind Cloudflare', async () => {
    const { app } = lab();
    for (const trusted of ['127.0.0.0/8', '']) {
      const plain = await startTestApp({
        roles: ['api'],
        databaseUrl: app.databaseUrl,
        env: { TRUSTED_PROXIES: trusted },
      });
      try {
        const { body } = await start(plain, { 'CF-IPCountry': 'DE' });
        const stored = await app.database('plugin_login_attempts').where({ id: body.login_attempt_id }).first();
        assert.equal(stored.requester_country, null);
      } finally {
        await plain.stop();
      }
    }
  });

  it('is not believed of whoever reaches our proxy past Cloudflare', async () => {
    const { app } = lab();
    for (const forwarded of ['203.0.113.1', `${CLOUDFLARE}, 203.0.113.1`]) {
      const { body } = await start(app, { 'CF-IPCountry': 'DE', 'X-Forwarded-For': forwarded });
      const stored = await app.database('plugin_login_attempts').where({ id: body.login_attempt_id }).first();
      assert.deepEqual([stored.requester_address, stored.requester_country], ['203.0.113.1', null]);
    }
  });

  it('is only a code of a country or of Tor', async () => {
    const find = await createClientCountry(undefined);
    const told = (country: string) => find('203.0.113.1', country);
    assert.deepEqual(['DE', 'fr', 'T1'].map(told), ['DE', 'FR', 'T1']);
    assert.deepEqual(['XX', '', 'D', 'DEU', '<b>', 'D1'].map(told), Array(6).fill(null));
  });

  describe('by a database in a file', () => {
    let folder: string;
    let file: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'country-'));
      file = join(folder, 'countries.mmdb');
      const record = { country: { iso_code: 'AT' } };
      await writeAddressDatabase(file, { firstByte: 203, type: 'GeoLite2-Country', record });
    });

    it('is found by the address, and unknown addresses have none', async () => {
      const find = await createClientCountry(file);
      const by = (address: string) => find(address, '');
      assert.deepEqual(['203.0.113.1', '203.255.0.1'].map(by), ['AT', 'AT']);
      // The last one begins with the bits of the range, but is no IPv4 address at all.
      for (const address of ['198.51.100.1', '202.0.0.1', '::1', '2001:db8::1', '', 'cb00::1']) {
        assert.equal(by(address), null, address);
      }
      assert.equal(find('203.0.113.1', 'DE'), 'DE', 'what Cloudflare tells comes first');
      assert.equal(find('203.0.113.1', 'XX'), 'AT');
    });

    it('is stored with the attempt', async () => {
      const { app } = lab();
      const env = { TRUSTED_PROXIES: '127.0.0.0/8', GEOIP_FILE: file };
      const located = await startTestApp({ roles: ['api'], databaseUrl: app.databaseUrl, env });
      try {
        const { body } = await start(located, { 'X-Forwarded-For': '203.0.113.9' });
        const stored = await app.database('plugin_login_attempts').where({ id: body.login_attempt_id }).first();
        assert.equal(stored.requester_country, 'AT');
      } finally {
        await located.stop();
      }
    });

    for (const [name, content] of [
      ['text', 'Not a database at all, but long enough to look like one.'.repeat(20)],
      ['nothing', ''],
      ['zeros', '\0'.repeat(5_000)],
    ] as const) {
      it(`a file that holds ${name} is refused with a message that names it`, async () => {
        const wrong = join(folder, `${name}.mmdb`);
        await writeFile(wrong, content);
        await assert.rejects(createClientCountry(wrong), /^Error: GEOIP_FILE \(.*\.mmdb\) is no database/);
      });
    }

    it('one that is none ends the start of the server with that message, and the server with it', async () => {
      const wrong = join(folder, 'wrong.mmdb');
      await writeFile(wrong, 'no database');
      const { config, databaseUrl } = lab().app;
      const { code, stdout, stderr } = await runCommand([], {
        NODE_ENV: 'test',
        LISTEN_ADDR: '127.0.0.1:0',
        ADMIN_LISTEN_ADDR: '127.0.0.1:0',
        DATABASE_URL: databaseUrl,
        DATA_DIR: config.dataDir,
        DEPLOYMENT_NAME: config.deploymentName,
        ...TEST_SECRETS,
        GEOIP_FILE: wrong,
      });
      assert.equal(code, 1);
      assert.match(`${stdout}${stderr}`, /GEOIP_FILE \(.*wrong\.mmdb\) is no database of MaxMind's format/);
    });

    it('a folder is refused with a message that names it', () =>
      assert.rejects(createClientCountry(folder), /^Error: GEOIP_FILE/));
  });
});
