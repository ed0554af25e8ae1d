import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type Cloudflare, startCloudflare } from '../support/cloudflare/index.ts';
import { eventually } from '../support/eventually.ts';
import { signInNewUser, startActive } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { heartbeat, readSession, stop } from '../support/relay-calls.ts';
import { startTestApp, type TestApp } from '../support/test-app.ts';

const ZONE = { zoneId: '0123456789abcdef0123456789abcdef', token: `cloudflare-${randomUUID()}` };

describe('relays with names', () => {
  let cloudflare: Cloudflare;
  let app: TestApp;

  before(async () => {
    cloudflare = await startCloudflare(ZONE);
    app = await startTestApp({
      env: {
        RELAY_DOMAIN: 'relays.example.com',
        CLOUDFLARE_API_BASE_URL: cloudflare.url,
        CLOUDFLARE_API_TOKEN: ZONE.token,
        CLOUDFLARE_ZONE_ID: ZONE.zoneId,
        LOG_LEVEL: 'trace',
      },
    });
  });
  after(async () => {
    await app.stop();
    await cloudflare.close();
  });

  /** Waits, by long polls, until the session has its name. */
  async function untilNamed(token: string, session: { version: number }) {
    let present = session as Awaited<ReturnType<typeof readSession>>;
    while (present.relay?.relay_hostname === undefined) {
      const path = `/relay/active?wait_seconds=10&since_version=${present.version}`;
      const answer = await call(app, 'GET', path, { token });
      assert.equal(answer.status, 200, answer.text);
      present = answer.body.session;
    }
    return present;
  }

  it('get them on activation, the same one in each session of the slot, and keep the record behind the end', async () => {
    const { token } = await signInNewUser(app);
    const first = await untilNamed(token, await startActive(app, token));
    const { relay_hostname, public_ip } = first.relay;
    assert.match(relay_hostname, /^[0-9a-z]{8}\.relays\.example\.com$/);
    assert.equal(first.sender_url, `srtla://${relay_hostname}:${first.relay.srt_port}`);
    assert.equal(first.media_source_url.startsWith(`srt://${public_ip}:`), true);
    await stop(app, token, {});
    const ours = () => cloudflare.records().filter(({ name }) => name === relay_hostname);
    assert.deepEqual(
      ours().map(({ type, content, ttl, proxied }) => [type, content, ttl, proxied]),
      [['A', public_ip, 60, false]],
    );
    const second = await untilNamed(token, await startActive(app, token));
    assert.equal(second.relay.relay_hostname, relay_hostname);
    assert.deepEqual(
      ours().map(({ content }) => content),
      [second.relay.public_ip],
    );
  });

  for (const fault of [
    { kind: 'down' },
    { kind: 'throttled', retryAfterSeconds: 1 },
    { kind: 'error', status: 403 },
  ] as const) {
    const status = 'status' in fault ? ` ${fault.status}` : '';
    it(`are active and work while Cloudflare is ${fault.kind}${status}, and have their names when it is back`, async () => {
      const { token } = await signInNewUser(app);
      const failed = () => app.logLines.filter((line) => line.includes('job_failed')).length;
      const before = failed();
      cloudflare.faults = [fault];
      const session = await startActive(app, token);
      await eventually(() => assert.equal(failed() > before, true));
      assert.equal((await heartbeat(app, token, session)).body.status, 'active');
      const { status, sender_url, relay } = await readSession(app, token, session.session_id);
      assert.deepEqual(
        [status, sender_url, relay.relay_hostname],
        ['active', `srtla://${relay.public_ip}:${relay.srt_port}`, undefined],
      );
      cloudflare.faults = [];
      const named = await untilNamed(token, session);
      assert.deepEqual([named.status, named.session_id], ['active', session.session_id]);
      const [record] = cloudflare.records().filter(({ name }) => name === named.relay.relay_hostname);
      assert.equal(record?.content, relay.public_ip);
    });
  }

  for (const faults of [[], [{ kind: 'down', count: 1 }] as const]) {
    const outage = faults.length > 0 ? ', though Cloudflare is away at first' : '';
    it(`keep them when they move to another region, and lead there before the old relay's time runs out${outage}`, async () => {
      const { token } = await signInNewUser(app);
      const before = await untilNamed(token, await startActive(app, token, { region_preference: 'us-east-1' }));
      cloudflare.faults = faults.map((fault) => ({ ...fault }));
      const asked = await call(app, 'POST', '/relay/migrate', { token, body: { new_region: 'eu-west-1' } });
      assert.equal(asked.status, 202, asked.text);
      let { session } = asked.body;
      while (session.migration?.step !== 'draining') {
        const path = `/relay/active?wait_seconds=10&since_version=${session.version}`;
        session = (await call(app, 'GET', path, { token })).body.session;
        if (session.relay.relay_hostname === undefined) continue;
        // It is never shown while it leads elsewhere.
        const [record] = cloudflare.records().filter(({ name }) => name === session.relay.relay_hostname);
        assert.equal(record?.content, session.relay.public_ip);
      }
      assert.equal(session.relay.relay_hostname, before.relay.relay_hostname);
      assert.notEqual(session.relay.public_ip, before.relay.public_ip);
      assert.equal(session.sender_url, `srtla://${before.relay.relay_hostname}:${session.relay.srt_port}`);
    });
  }

  it('leave no token in the log, whatever Cloudflare answered', () => {
    const log = app.logLines.join('');
    assert.match(log, /"job":"relay-dns"/);
    assert.equal(log.includes(ZONE.token), false);
  });
});
