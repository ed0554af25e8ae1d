import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.ts';
import {
  decideLogin,
  makeUser,
  type SignedIn,
  signIn,
  start,
  startActive,
  startLogin,
  type TestUser,
} from '../support/factories.ts';
import { call } from '../support/http.ts';
import { ALL_EVENT_NAMES, buildEvent, vendorTime } from '../support/lemonsqueezy/index.ts';
import { buy, openShop, VARIANTS } from '../support/shop.ts';
import { TEST_SECRETS, type TestApp } from '../support/test-app.ts';
import { readFuzzOperations } from './contract.ts';
import type { Material } from './request.ts';

/** A running application with people in it, and a seller behind it, for the fuzzer to talk to. */
export interface World {
  app: TestApp;
  /** Values for the next requests. Signs those in again whom the last ones signed out. */
  refresh(): Promise<Material>;
  /** A digest of every table, once nothing is under way any more. */
  digest(): Promise<Record<string, string>>;
  /** Every row of these tables as text, once nothing is under way any more. */
  rows(tables: string[]): Promise<string[]>;
  close(): Promise<void>;
}

const CONNECTIONS = Array.from({ length: 4 }, () => randomUUID());
const PLANS = ['pro', 'pro', 'standard', 'free'] as const;
const STATUSES = ['active', 'on_trial', 'past_due', 'paused', 'unpaid', 'cancelled', 'expired'];

export async function openWorld(): Promise<World> {
  const shop = await openShop();
  const { app, seller } = shop;
  const users = await Promise.all(PLANS.map((plan) => makeUser(app, { plan })));
  const devices = await Promise.all(users.map((user) => signIn(app, user)));
  const [first, second, , buyer] = devices as [SignedIn, SignedIn, SignedIn, SignedIn];
  const subscriptions = [await buy(shop, buyer.token, { plan: 'standard' }), '1', '2'];
  const sessions = [
    await startActive(app, first.token),
    await startActive(app, first.token, { connection_id: CONNECTIONS[0] }),
    await startActive(app, second.token, { connection_id: CONNECTIONS[1] }),
  ];
  await call(app, 'POST', '/relay/stop', { token: second.token, body: { session_id: sessions[2].session_id } });
  await start(app, second.token, { connection_id: CONNECTIONS[2] });
  const operations = readFuzzOperations();

  /** The first use of a token is noted; the note must not come during a batch that has to change nothing. */
  const signInAndUse = async (user: TestUser): Promise<SignedIn> => {
    const device = await signIn(app, user);
    await call(app, 'GET', '/auth/session', { token: device.token });
    return device;
  };

  const refresh = async (): Promise<Material> => {
    // The relays' own reports would come in between. Said anew: other applications of this run take all faults away.
    await app.provider.faults.set({ silent_relay: true });
    for (const [index, device] of devices.entries()) {
      const { status } = await call(app, 'GET', '/auth/session', { token: device.token });
      if (status === 401) devices[index] = await signInAndUse(device.user);
    }
    const leaving = await signInAndUse(first.user);
    const attempts = await Promise.all([startLogin(app), startLogin(app), startLogin(app), startLogin(app)]);
    const [completed, denied] = attempts.map(({ login_attempt_id }) => login_attempt_id);
    await decideLogin(app, { login_attempt_id: completed, outcome: 'completed', user_id: first.user.id });
    await decideLogin(app, { login_attempt_id: denied, outcome: 'denied' });
    const rows = await app.database('relay_sessions').orderByRaw(`status = 'stopped', created_at desc`).limit(6);
    const live = rows.filter((row) => row.status !== 'stopped');
    const pages = await Promise.all(devices.map(({ token }) => call(app, 'GET', '/usage/sessions?limit=1', { token })));
    const cursors = pages.flatMap(({ body }) => body.next_cursor ?? []);
    const slots = await app.database('stream_slots').select('stream_token').orderBy('created_at').limit(6);
    return {
      operations,
      dictionary: {
        login_attempt_id: attempts.map((attempt) => attempt.login_attempt_id),
        poll_token: attempts.map((attempt) => attempt.poll_token),
        user_id: users.map((user) => user.id),
        refresh_token: [leaving.refreshToken],
        session_id: rows.map((row) => row.id),
        instance_id: rows.flatMap((row) => row.instance_id ?? []),
        connection_id: CONNECTIONS,
        stream_token: slots.map((slot) => slot.stream_token),
        stream_slot: [1, 2, 3],
        slot_number: [1, 2, 3],
        new_region: ['us-east-1', 'eu-west-1'],
        region_preference: ['', 'auto', 'us-east', 'eu-west-1'],
        'Idempotency-Key': [randomUUID(), randomUUID(), randomUUID()],
        wait_seconds: [0],
        redirect_url: ['https://telemyapp.com/thanks', 'https://telemyapp.com', 'https://example.com/thanks'],
        cursor: cursors,
        limit: [1, 2, 100],
      },
      bodies: {
        startRelay: [{}, ...CONNECTIONS.map((connection_id) => ({ connection_id }))],
        stopRelay: [...live.map((row) => ({ session_id: row.id, defer: false })), {}],
        reportRelayHealth: live.map((row) => ({ session_id: row.id, instance_id: row.instance_id ?? 'none' })),
        pollPluginLogin: attempts,
        completePluginLogin: attempts.map(({ login_attempt_id }) => ({
          login_attempt_id,
          outcome: 'completed',
          user_id: first.user.id,
        })),
        createCheckout: [{ plan: 'starter' }, { plan: 'pro' }, { addon_relays: 2 }],
        receiveBillingWebhook: webhooks(app, users, subscriptions),
      },
      credentials: {
        bearerAuth: [...devices, leaving].map(({ token }) => `Bearer ${token}`),
        relayAuth: [TEST_SECRETS.RELAY_SHARED_KEY],
        pluginLoginAuth: [TEST_SECRETS.PLUGIN_LOGIN_COMPLETE_KEY],
      },
      expendable: [`Bearer ${leaving.token}`],
    };
  };

  const close = async () => {
    await app.stop();
    await seller.close();
  };
  return { app, refresh, digest: () => digestOf(app), rows: (tables) => rowsOf(app, tables), close };
}

/** A webhook of each event that the seller knows, about these people and subscriptions, as of now. */
function webhooks(app: TestApp, users: TestUser[], subscriptions: string[]): unknown[] {
  const now = vendorTime(app.clock.now());
  return ALL_EVENT_NAMES.map((name, index) => {
    const pick = <T>(list: readonly T[]) => list[index % list.length] as T;
    const attributes = {
      subscription_id: Number(pick(subscriptions)),
      variant_id: Number(pick(VARIANTS).id),
      status: pick(STATUSES),
      updated_at: now,
    };
    const options = { customData: { user_id: pick(users).id }, testMode: true };
    return JSON.parse(buildEvent(name, { id: pick(subscriptions), attributes }, options));
  });
}

/** Tables that change by themselves, or that only others' values make. */
const SKIPPED = ['alive_marks', 'knex_migrations', 'knex_migrations_lock'];

async function digestOf(app: TestApp): Promise<Record<string, string>> {
  await untilQuiet(app);
  const { rows } = await app.database.raw(`select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE' order by 1`);
  const names = (rows as { name: string }[]).map(({ name }) => name).filter((name) => !SKIPPED.includes(name));
  const digests: [string, string][] = [];
  for (const name of names) {
    const sql = 'select md5(coalesce(string_agg(t::text, chr(10) order by t::text), ?)) as digest from ?? t';
    const result = await app.database.raw(sql, ['', name]);
    digests.push([name, result.rows[0].digest]);
  }
  return Object.fromEntries(digests);
}

async function rowsOf(app: TestApp, tables: string[]): Promise<string[]> {
  await untilQuiet(app);
  const found: string[] = [];
  for (const table of tables) {
    const { rows } = await app.database.raw('select t::text as row from ?? t', [table]);
    found.push(...(rows as { row: string }[]).map(({ row }) => `${table} ${row}`));
  }
  return found;
}

async function untilQuiet(app: TestApp): Promise<void> {
  await eventually(
    async () => {
      const { rows } = await app.database.raw(`select count(*)::int as open from jobs.job where state < 'completed'`);
      assert.deepEqual(rows, [{ open: 0 }], 'jobs are still under way');
    },
    { timeoutMs: 20_000, intervalMs: 50 },
  );
}
