import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { createAliveMarks } from '../../src/features/relay/index.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { createMetrics } from '../../src/observability/metrics.ts';
import { createPlugin } from '../plugin-replay/plugin.ts';
import { signInNewUser } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { createLegacyDatabase, type LegacyDatabase } from '../support/legacy-database.ts';
import { addLegacyBill, addLegacyDevice, addLegacySession, addLegacyUser } from '../support/legacy-rows.ts';
import { plus } from '../support/relay-session.ts';
import { TEST_SECRETS, useApp } from '../support/test-app.ts';
import { importInto } from './import.ts';

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An access token as the Go service signs it. */
function legacyToken(claims: object, { header = {}, secret = TEST_SECRETS.JWT_SECRET, alg = 'sha256' } = {}): string {
  const text = `${encode({ alg: 'HS256', typ: 'JWT', ...header })}.${encode(claims)}`;
  return `${text}.${createHmac(alg, secret).update(text).digest('base64url')}`;
}

describe('A plugin that is signed in and streams at the Go service', () => {
  const app = useApp({ roles: ['api'] });
  let legacy: LegacyDatabase;
  let now: Date;
  const seconds = () => Math.floor(app().clock.now().getTime() / 1000);

  before(async () => {
    legacy = await createLegacyDatabase();
  });
  after(() => legacy.drop());
  beforeEach(async () => {
    now = app().clock.now();
  });

  const settle = async () => {
    const userId = await addLegacyUser(legacy, now);
    const device = await addLegacyDevice(legacy, now, userId);
    const session = await addLegacySession(legacy, now, userId);
    const token = legacyToken({ uid: userId, sid: device.id, iat: seconds(), exp: seconds() + 900 });
    return { userId, device, session, token };
  };

  it('goes on here without a sign-in: session, heartbeat, poll, refresh, repeated start, stop', async () => {
    const plugin = createPlugin(app());
    const { userId, device, session, token } = await settle();
    const key = randomUUID();
    await legacy.insert('idempotency_records', {
      user_id: userId,
      endpoint: '/api/v1/relay/start',
      idempotency_key: key,
      request_hash: 'f',
      response_json: '{}',
      session_id: session.id,
      created_at: plus(now, -600),
      expires_at: plus(now, 3_000),
    });
    assert.equal((await plugin.session(token)).status, 401, 'not before the import');
    await importInto(app(), legacy);

    const glance = await plugin.session(token);
    assert.deepEqual([glance.status, glance.body.user.id], [200, userId]);
    assert.deepEqual(glance.body.active_relay, { session_id: session.id, status: 'active' });
    const beat = await plugin.heartbeat(token, session.id, session.instanceId);
    assert.deepEqual([beat.status, beat.body.status], [200, 'active']);
    const polled = await plugin.activeRelay(token, session.connectionId);
    assert.equal(polled.status, 200);
    const [user] = await legacy.query('select stream_token from users where id = $1', [userId]);
    const { relay, credentials, instance_id } = polled.body.session;
    assert.deepEqual(
      [instance_id, relay.public_ip, relay.srt_port, credentials.stream_token],
      [session.instanceId, '203.0.113.50', 5000, user?.stream_token],
    );
    assert.equal(glance.body.stream_slots[0].stream_token, user?.stream_token);

    const refreshed = await plugin.refresh(device.refreshToken);
    assert.equal(refreshed.status, 200);
    assert.match(refreshed.body.auth.refresh_token, /^tr1\./);
    const newer = refreshed.body.auth.cp_access_jwt;
    const start = { region: '', connectionId: session.connectionId } as const;
    const replayed = await plugin.startRelay(newer, key, start);
    assert.deepEqual([replayed.status, replayed.body.session.session_id], [200, session.id]);
    const stopped = await plugin.stopRelay(newer, session.id);
    assert.deepEqual([stopped.status, stopped.body.status], [200, 'stopped']);
    assert.equal((await plugin.activeRelay(newer, session.connectionId)).status, 204);
  });

  it('gets the same successor of its refresh token again while that is unused, and behind that loses the sign-in', async () => {
    const plugin = createPlugin(app());
    const { device } = await settle();
    await importInto(app(), legacy);
    const first = await plugin.refresh(device.refreshToken);
    await app().advanceClock(60);
    const again = await plugin.refresh(device.refreshToken);
    assert.deepEqual([again.status, again.body.auth.refresh_token], [200, first.body.auth.refresh_token]);
    assert.equal((await plugin.session(first.body.auth.cp_access_jwt)).status, 200);
    await app().advanceClock(60);
    const reused = await plugin.refresh(device.refreshToken);
    assert.deepEqual([reused.status, reused.body.error.code], [401, 'refresh_token_reused']);
    assert.equal((await plugin.session(first.body.auth.cp_access_jwt)).status, 401);
    assert.equal((await plugin.refresh(first.body.auth.refresh_token)).status, 410);
  });

  it('is told the same of a token that never was as of one that is garbage, and 410 of one that was revoked', async () => {
    const plugin = createPlugin(app());
    const { userId } = await settle();
    const gone = await addLegacyDevice(legacy, now, userId, { revoked_at: plus(now, -60) });
    await importInto(app(), legacy);
    const answers = await Promise.all(['f'.repeat(64), 'x'].map((token) => plugin.refresh(token)));
    for (const { status, body } of answers) assert.deepEqual([status, body.error.code], [401, 'unauthorized']);
    assert.equal(new Set(answers.map(({ body }) => body.error.message)).size, 1);
    assert.equal((await plugin.refresh(gone.refreshToken)).status, 410);
  });

  it('is nobody with an access token that the Go service would not have signed', async () => {
    const { userId, device, token } = await settle();
    await importInto(app(), legacy);
    const claims = { uid: userId, sid: device.id, exp: seconds() + 900 };
    const other = await addLegacyUser(legacy, now);
    const own = await signInNewUser(app());
    const [here] = await app().database('auth_sessions').where({ user_id: own.user.id });
    const unsigned = `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.`;
    const forged: Record<string, string> = {
      'no signature': unsigned,
      'another algorithm': legacyToken(claims, { header: { alg: 'HS512' }, alg: 'sha512' }),
      'an algorithm that it does not have': legacyToken(claims, { header: { alg: 'HS512' } }),
      'another secret': legacyToken(claims, { secret: 'another secret that is long enough to be one' }),
      'an unknown kid': legacyToken(claims, { header: { kid: 'x' } }),
      'a crit that nobody knows': legacyToken(claims, { header: { crit: ['exp2'], exp2: 1 } }),
      'a sub': legacyToken({ ...claims, sub: userId }),
      'too long a life': legacyToken({ ...claims, exp: seconds() + 3_600 }),
      'no end': legacyToken({ uid: userId, sid: device.id }),
      'its time over': legacyToken({ ...claims, exp: seconds() - 1 }),
      'another user': legacyToken({ ...claims, uid: other }),
      'a sign-in of this service': legacyToken({ ...claims, uid: own.user.id, sid: here.id }),
      'no such sign-in': legacyToken({ ...claims, sid: `aut_${randomUUID()}` }),
      'a NUL': legacyToken({ ...claims, sid: 'aut_\u0000' }),
    };
    for (const [what, bad] of Object.entries(forged)) {
      assert.equal((await call(app(), 'GET', '/auth/session', { token: bad })).status, 401, what);
    }
    assert.equal((await call(app(), 'GET', '/auth/session', { token })).status, 200);
  });

  it('outlives the time between import and start: an outage of ours kills no stream', async () => {
    const { session } = await settle();
    const { database, clock } = app();
    await database('alive_marks').delete();
    await importInto(app(), legacy);
    const [mark] = await database('alive_marks').where({ role: 'api' });
    const started = plus(mark.at, 1_200);
    const parts = { database, metrics: createMetrics(), logger: createLogger({ level: 'silent' }) };
    await createAliveMarks({ ...parts, roles: ['api'], clock: { now: () => started } }).mark();
    const row = await database('relay_sessions').where({ id: session.id }).first();
    assert.deepEqual([row.status, row.lease_expires_at], ['active', plus(started, 300)]);
    await database('alive_marks').where({ role: 'api' }).update({ at: clock.now() });
  });

  it('is billed from the import on, on top of what was billed before', async () => {
    const plugin = createPlugin(app());
    const { userId, session, token } = await settle();
    const before = await addLegacySession(legacy, now, userId, { status: 'stopped', stopped_at: plus(now, -1_800) });
    await addLegacyBill(legacy, now, { userId, sessionId: before.id, seconds: 1_234 });
    await legacy.query('update sessions set reconciled_seconds = 3000 where id = $1', [session.id]);
    await importInto(app(), legacy);
    const used = async () => (await plugin.session(token)).body.usage.consumed_seconds;
    const first = await used();
    assert.equal(first >= 4_234 && first <= 4_240, true, `${first}`);
    await app().database.raw(
      "update relay_sessions set metered_since = metered_since - interval '100 seconds' where id = ?",
      [session.id],
    );
    assert.equal((await used()) - first >= 100, true);
  });
});
