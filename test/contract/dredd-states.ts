import { randomUUID } from 'node:crypto';
import {
  CLIENT,
  decideLogin,
  makeUser,
  signIn,
  signInNewUser,
  start,
  startActive,
  startLogin,
  type TestUser,
  waitForStatus,
} from '../support/factories.ts';
import { call } from '../support/http.ts';
import { buy, type Shop } from '../support/shop.ts';
import type { TestApp } from '../support/test-app.ts';
import type { Scenarios } from './dredd-requests.ts';

/** Longer than a login attempt lives, in seconds. */
const ATTEMPT_IS_OVER = 601;

/** Login attempts in all their states, and devices to sign out. */
export async function prepareLogins(app: TestApp): Promise<Scenarios> {
  const user = await makeUser(app);
  const decided = async (outcome: 'completed' | 'denied') => {
    const attempt = await startLogin(app);
    const { login_attempt_id } = attempt;
    const reason = outcome === 'denied' ? { reason_code: 'user_declined' } : { user_id: user.id };
    await decideLogin(app, { login_attempt_id, outcome, ...reason });
    return attempt;
  };
  const expired = await startLogin(app);
  // Before anything else is made: what lives shorter would be over too.
  await app.advanceClock(ATTEMPT_IS_OVER);
  const claimed = await decided('completed');
  await call(app, 'POST', '/auth/plugin/login/poll', { body: claimed });
  const signedOut = await signIn(app, user);
  await call(app, 'POST', '/auth/logout', { token: signedOut.token });

  const unknown = { login_attempt_id: 'pla_unknown', poll_token: 'unknown' };
  return {
    startPluginLogin: { 201: { body: { client: CLIENT } } },
    pollPluginLogin: {
      200: { body: await decided('completed') },
      202: { body: await startLogin(app) },
      403: { body: await decided('denied') },
      404: { body: unknown },
      409: { body: claimed },
      410: { body: expired },
    },
    completePluginLogin: {
      204: { body: approvalOf(await startLogin(app), user) },
      404: { body: approvalOf(unknown, user) },
      409: { body: approvalOf(await decided('denied'), user) },
      410: { body: approvalOf(expired, user) },
    },
    refreshAuth: {
      200: { body: { refresh_token: (await signIn(app, user)).refreshToken } },
      401: { body: { refresh_token: 'unknown' } },
      410: { body: { refresh_token: signedOut.refreshToken } },
    },
    logout: { 204: { token: (await signIn(app, user)).token } },
  };
}

function approvalOf({ login_attempt_id }: { login_attempt_id: string }, user: TestUser) {
  return { login_attempt_id, outcome: 'completed', user_id: user.id };
}

/** Relay sessions that are active and such that are being launched, and users with and without them. */
export async function prepareRelays(app: TestApp): Promise<Scenarios> {
  const connection_id = randomUUID();
  const key = randomUUID();
  const [streamer, stopped, mover, idle, launching, leaving] = await Promise.all([
    signInNewUser(app, 'standard'),
    signInNewUser(app),
    signInNewUser(app),
    signInNewUser(app),
    signInNewUser(app),
    signInNewUser(app),
  ]);
  const own = { token: streamer.token };
  const startWithKey = async () => {
    const { body } = await start(app, streamer.token, { connection_id }, key);
    return waitForStatus(app, streamer.token, body.session, 'active');
  };
  const [active, toStop] = await Promise.all([
    startWithKey(),
    startActive(app, stopped.token),
    startActive(app, mover.token, { connection_id }),
  ]);
  const session = `/relay/sessions/${active.session_id}`;
  // From here on launches don't get far.
  await app.provider.faults.set({ hold_step: 'launching_instance' });
  const launch = (await start(app, launching.token, { connection_id })).body.session;
  // Of its own: a launch that is to end may have ended before the next request.
  const ending = (await start(app, leaving.token)).body.session;
  const heartbeat = { session_id: active.session_id, instance_id: active.instance_id };

  return {
    getAuthSession: { 200: own },
    startRelay: {
      200: { ...own, headers: { 'Idempotency-Key': key }, body: { connection_id } },
      201: { body: { connection_id } },
      403: { ...own, body: { connection_id: randomUUID() } },
      409: { ...own, headers: { 'Idempotency-Key': key }, body: { connection_id: randomUUID() } },
    },
    getActiveRelay: {
      200: { ...own, path: `/relay/active?connection_id=${connection_id}` },
      204: { token: idle.token, path: '/relay/active' },
      304: { ...own, path: '/relay/active', headers: { 'If-None-Match': '*' } },
      400: { path: '/relay/active?wait_seconds=26' },
    },
    getRelaySession: {
      200: { ...own, path: session },
      400: { path: '/relay/sessions/unknown' },
      404: { path: session },
    },
    stopRelay: {
      200: { token: stopped.token, body: { session_id: toStop.session_id } },
      202: { token: leaving.token, body: { session_id: ending.session_id } },
      404: { body: { session_id: active.session_id } },
      409: { token: launching.token, body: { session_id: launch.session_id, defer: false } },
    },
    migrateRelay: {
      200: { ...own, body: { connection_id, new_region: active.region } },
      202: { token: mover.token, body: { connection_id, new_region: 'eu-west-1' } },
      404: { body: { new_region: 'eu-west-1' } },
      409: { token: launching.token, body: { connection_id, new_region: 'eu-west-1' } },
    },
    reportRelayHealth: { 200: { ...own, body: heartbeat }, 404: { body: heartbeat } },
    getRelayManifest: { 200: {} },
    getCurrentUsage: { 200: own },
    listUsageSessions: {
      200: { ...own, path: '/usage/sessions' },
      400: { ...own, path: '/usage/sessions?limit=0' },
    },
  };
}

/** Slots that the plan allows, and one that it doesn't. */
export function prepareSlots(): Scenarios {
  return {
    listStreamSlots: { 200: {} },
    renameStreamSlot: { 200: {}, 404: { path: '/user/stream-slots/999/label' } },
    regenerateStreamToken: { 200: {}, 404: { body: { slot_number: 999 } } },
  };
}

/** Callers who may buy a plan, who have one already, and who lack the one that further relays need. */
export async function prepareCheckouts(shop: Shop): Promise<Scenarios> {
  const subscriber = await signInNewUser(shop.app, 'free');
  await buy(shop, subscriber.token, { plan: 'starter' });
  const newcomer = await signInNewUser(shop.app, 'free');
  return {
    createCheckout: {
      201: {},
      403: { token: newcomer.token, body: { addon_relays: 1 } },
      409: { token: subscriber.token },
    },
  };
}
