import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { openLab } from '../crash/lab.ts';
import { gatherSecrets, storedSecrets } from '../observability/secrets-seen.ts';
import { OPERATIONS } from '../operations/common/contract.ts';
import { sendExample } from '../operations/common/example-request.ts';
import { signIn, startActive } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { exitWithin } from '../support/process.ts';
import { TEST_SECRETS } from '../support/test-app.ts';
import { startTraceCollector } from '../support/trace-collector.ts';
import { sendWebhook } from '../support/webhooks.ts';

/** What operators give the server, each value to be found nowhere again. */
const PLANTED = {
  LEMONSQUEEZY_API_KEY: planted(),
  OIDC_CLIENT_SECRET: planted(),
  CLOUDFLARE_API_TOKEN: planted(),
  POOL_API_KEY: planted(),
  AWS_SECRET_ACCESS_KEY: planted(),
  AWS_SESSION_TOKEN: planted(),
  BACKUP_S3_SECRET_ACCESS_KEY: planted(),
};
/** Nothing answers at the discard port. */
const NOWHERE = 'http://127.0.0.1:9';

describe('A process that was given secrets', function () {
  this.timeout(60_000);

  it('tells none: not on its screen at level trace, in metrics, spans, errors or while it ends', async () => {
    const collector = await startTraceCollector();
    const headerKey = planted();
    const lab = await openLab();
    try {
      const server = await lab.start('all', {
        ...PLANTED,
        LOG_LEVEL: 'trace',
        LEMONSQUEEZY_API_BASE_URL: NOWHERE,
        LEMONSQUEEZY_STORE_ID: '4711',
        OIDC_ISSUER: NOWHERE,
        OIDC_CLIENT_ID: 'telemy',
        CLOUDFLARE_API_BASE_URL: NOWHERE,
        CLOUDFLARE_ZONE_ID: '0'.repeat(32),
        RELAY_DOMAIN: 'relays.example.com',
        AWS_ENDPOINT_URL: NOWHERE,
        AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
        BACKUP_S3_ACCESS_KEY_ID: 'AKIAEXAMPLE',
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_HEADERS: `x-key=${headerKey}`,
      });
      const app = { ...lab.api, url: server.url, adminUrl: server.adminUrl };
      const seen = gatherSecrets(app);
      const errors: string[] = [];
      const check = app.checkAnswer;
      app.checkAnswer = (method, path, answer) => {
        if (answer.status >= 400) errors.push(answer.text);
        check(method, path, answer);
      };

      const device = await signIn(app);
      await startActive(app, device.token);
      for (const operation of OPERATIONS.filter(({ operationId }) => operationId !== 'logout')) {
        const { url, checkAnswer } = app;
        const answer = await sendExample({ url }, operation, device);
        checkAnswer(operation.method, '/', answer);
      }
      await call(app, 'POST', '/billing/checkout', { token: device.token, body: { plan: 'starter' } });
      await sendWebhook(app, {
        meta: { event_name: 'subscription_created' },
        data: { attributes: { user_email: 'x' } },
      });
      await call(app, 'POST', '/auth/refresh', { body: { refresh_token: `${device.refreshToken.slice(0, -4)}AAAA` } });
      // Passwords in addresses, and tokens where they do not belong.
      await call(app, 'GET', `/auth/session?access_token=${device.token}`);
      await app.database.raw('alter table stream_slots rename column updated_at to gone');
      await call(app, 'POST', '/user/regenerate-token', { token: device.token, body: {} });
      await app.database.raw('alter table stream_slots rename column gone to updated_at');
      const metrics = await (await fetch(`${server.adminUrl}/metrics`)).text();
      const readiness = await (await fetch(`${server.adminUrl}/readyz`)).text();
      for (const path of ['/login/plugin', '/healthz']) await fetch(`${server.url}${path}`);
      server.kill('SIGTERM');
      assert.equal((await exitWithin(server, 30_000)).code, 0);

      const secrets = new Map([...seen, ...(await storedSecrets(app))]);
      for (const [name, value] of Object.entries({ ...PLANTED, ...TEST_SECRETS })) secrets.set(value, name);
      secrets.set(headerKey, 'the key of the collector');
      secrets.set(new URL(app.databaseUrl).password, 'the password of the database');
      assert.ok(secrets.size > 25, String(secrets.size));
      const places = {
        'the screen': server.output(),
        metrics,
        readiness,
        spans: collector.bodies.join(''),
        errors: errors.join(''),
      };
      for (const [place, told] of Object.entries(places)) {
        assert.ok(told.length > 10, `${place} is empty`);
        for (const [secret, where] of secrets) assert.equal(told.includes(secret), false, `${place} has ${where}`);
      }
      // So it was not empty: requests, jobs, a failure of the database and that of the seller are in it.
      for (const word of [
        '"operation":"startRelay"',
        '"job":',
        'internal_error',
        'billing_unavailable',
        '"level":20',
      ]) {
        assert.ok(places['the screen'].includes(word), word);
      }
    } finally {
      await lab.close();
      await collector.close();
    }
  });
});

function planted(): string {
  return `planted-${randomUUID()}-${randomBytes(8).toString('hex')}`;
}
