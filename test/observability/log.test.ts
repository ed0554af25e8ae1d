import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { OPERATIONS } from '../operations/common/contract.ts';
import { sendExample } from '../operations/common/example-request.ts';
import { eventually } from '../support/eventually.ts';
import { reportAsRelay, signIn, signInNewUser, start, startActive, waitForStatus } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { API_KEY, buy, useShop } from '../support/shop.ts';
import { TEST_SECRETS } from '../support/test-app.ts';
import { sendWebhook } from '../support/webhooks.ts';
import { gatherSecrets, storedSecrets } from './secrets-seen.ts';

type Line = Record<string, string | undefined>;

describe('The log of everything that the service does', () => {
  const shop = useShop({ env: { LOG_LEVEL: 'trace' } });
  const app = () => shop().app;
  const lines = (): Line[] => app().logLines.map((line) => JSON.parse(line));
  const withMessage = (message: string, request: string) =>
    lines().filter(({ msg, request_id }) => msg === message && request_id === request);
  let seen: Map<string, string>;

  before(() => {
    seen = gatherSecrets(app());
  });

  it('names the request in each line of its answer, and the user and the session that it is about', async () => {
    const { user, token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    const answer = await call(app(), 'POST', '/relay/stop', { token, body: { session_id: session.session_id } });
    const [line, ...others] = withMessage('request', answer.headers.get('X-Request-ID') as string);
    assert.deepEqual([line?.user_id, line?.session_id, others], [user.id, session.session_id, []]);
  });

  it('names the user whom a login or a refresh is for, who sends no access token', async () => {
    const { user, refreshToken, login } = await signInNewUser(app());
    const body = { refresh_token: refreshToken };
    const refreshed = await call(app(), 'POST', '/auth/refresh', { body });
    for (const answer of [login, refreshed]) {
      const [line] = withMessage('request', answer.headers.get('X-Request-ID') as string);
      assert.equal(line?.user_id, user.id);
    }
  });

  it('names in the lines of a job the request that asked for it, and the session', async () => {
    const { token } = await signInNewUser(app());
    await app().provider.faults.set({ fail_provision: true });
    const requestId = randomUUID();
    const headers = { 'Idempotency-Key': randomUUID(), 'X-Request-ID': requestId };
    const { body } = await call(app(), 'POST', '/relay/start', { token, headers, body: {} });
    const [line] = await eventually(() => {
      const found = withMessage('provision_retry', requestId);
      assert.ok(found.length > 0);
      return found;
    });
    assert.deepEqual([line?.job, line?.session_id], ['relay-provision', body.session.session_id]);
    await app().provider.faults.reset();
    await waitForStatus(app(), token, body.session, 'active');
    // A job that asks for another hands the request on.
    const stored = await app().database('jobs.job').where({ name: 'relay-provision' }).select('data');
    assert.deepEqual(stored.find(({ data }) => data.sessionId === body.session.session_id)?.data.origin, { requestId });
  });

  it('names in the job of each webhook the request that brought it, however many were stored at once', async () => {
    const sent = Array.from({ length: 8 }, () => randomUUID());
    await Promise.all(sent.map((id) => sendWebhook(app(), { meta: {}, id }, { 'X-Request-ID': id })));
    await eventually(() => {
      for (const id of sent) assert.equal(withMessage('billing_event_dead', id)[0]?.job, 'billing-event');
    });
  });

  it('holds no secret, token, e-mail address or stream key, whatever was asked for and whatever failed', async () => {
    const device = await signIn(app());
    await buy(shop(), device.token, { plan: 'starter' });
    for (const operation of OPERATIONS.filter(({ operationId }) => operationId !== 'logout')) {
      await sendExample(app(), operation, device);
    }
    const again = await signIn(app(), device.user);
    const { body } = await start(app(), again.token);
    await reportAsRelay(app(), { session_id: body.session?.session_id ?? 'ses_none', instance_id: 'none' });
    // A token that was used twice, and one that was made up.
    const refresh = { body: { refresh_token: again.refreshToken } };
    const { body: renewed } = await call(app(), 'POST', '/auth/refresh', refresh);
    await call(app(), 'GET', '/auth/session', { token: renewed.auth.cp_access_jwt });
    await app().advanceClock(60);
    assert.equal((await call(app(), 'POST', '/auth/refresh', refresh)).status, 401);
    const forged = `${again.refreshToken.slice(0, -4)}AAAA`;
    await call(app(), 'POST', '/auth/refresh', { body: { refresh_token: forged } });
    // SQL that fails with all of these among its values.
    await app().database.raw('alter table stream_slots rename column updated_at to gone');
    for (const operation of OPERATIONS) await sendExample(app(), operation, device);
    await app().database.raw('alter table stream_slots rename column gone to updated_at');
    // One who has a slot, so that its stream key is among the values that are refused.
    const other = await signInNewUser(app());
    const { session_id } = await startActive(app(), other.token);
    await call(app(), 'POST', '/relay/stop', { token: other.token, body: { session_id } });
    await app().database.raw('alter table relay_sessions add constraint never check (false) not valid');
    const failed = await start(app(), other.token);
    await app().database.raw('alter table relay_sessions drop constraint never');
    assert.equal(failed.status, 500);

    const log = app().logLines.join('');
    assert.ok(log.includes('relay_sessions') && log.includes('refresh_token_reused'), 'the failures are in it');
    const secrets = new Map([...seen, ...(await storedSecrets(app())), [forged, 'forged'], [API_KEY, 'API key']]);
    for (const [name, secret] of Object.entries(TEST_SECRETS)) secrets.set(secret, name);
    assert.ok(secrets.size > 40, String(secrets.size));
    for (const [secret, where] of secrets) assert.equal(log.includes(secret), false, `the log holds ${where}`);
  });

  it('names a request or a job in every line', () => {
    const nameless = lines().filter(({ request_id, job }) => request_id === undefined && job === undefined);
    // What the stand-ins of relays say belongs to none.
    assert.deepEqual(
      nameless.filter(({ provider }) => provider !== 'local'),
      [],
    );
  });
});
