import { randomBytes, randomUUID } from 'node:crypto';
import type { Database } from '../../src/database/connect.ts';
import { systemRandom } from '../../src/random.ts';
import { addPoolHost } from '../support/pool-hosts.ts';
import { plus } from '../support/relay-session.ts';
import { storeSession } from '../support/stored-sessions.ts';

/** Stores one row whose time counts, and answers how to find it again. */
export type StoreRow = (db: Database, userId: string, at: Date) => Promise<{ table: string; where: object }>;

const CLIENT = { client_platform: 'windows' };

/** A count of requests whose window ended then. */
export const requestCount: StoreRow = async (db, _userId, at) => {
  const key = randomUUID();
  await db('rate_limits').insert({ key, points: 1, expire: at.getTime() });
  return { table: 'rate_limits', where: { key } };
};

/** A login attempt that expires then. */
export const loginAttempt: StoreRow = async (db, _userId, at) => {
  const id = systemRandom.id('pla');
  const times = { created_at: plus(at, -600), expires_at: at };
  const row = { id, poll_token_hash: randomBytes(32), requester_address: '192.0.2.1', ...CLIENT, ...times };
  await db('plugin_login_attempts').insert(row);
  return { table: 'plugin_login_attempts', where: { id } };
};

/** An idempotency key that was used then. */
export const idempotencyKey: StoreRow = async (db, userId, at) => {
  const session = await storeSession(db, new Date(), userId, 'active');
  const where = { user_id: userId, operation: 'startRelay', key: randomUUID() };
  await db('idempotency_keys').insert({ ...where, fingerprint: 'f', session_id: session.id, created_at: at });
  return { table: 'idempotency_keys', where };
};

function device(times: (at: Date) => object): StoreRow {
  return async (db, user_id, at) => {
    const id = systemRandom.id('aut');
    const begun = plus(at, -3_600);
    const row = { id, user_id, ...CLIENT, refreshed_at: begun, created_at: begun, ...times(at) };
    await db('auth_sessions').insert(row);
    return { table: 'auth_sessions', where: { id } };
  };
}

/** A device that was signed out then, though its token would be good for longer. */
export const signedOutDevice = device((at) => ({
  revoked_at: at,
  revoke_reason: 'logout',
  expires_at: plus(at, 86_400 * 300),
  absolute_expires_at: plus(at, 86_400 * 365),
}));

/** A device whose sign-in expired then. */
export const expiredDevice = device((at) => ({ expires_at: at, absolute_expires_at: plus(at, 86_400) }));

/** An instance that was gone then. */
export const endedInstance: StoreRow = async (db, _userId, at) => {
  const id = await storeInstance(db, { state: 'terminated', terminated_at: at, created_at: at, updated_at: at });
  return { table: 'relay_instances', where: { id } };
};

/** An instance that still runs since then. */
export const runningInstance: StoreRow = async (db, _userId, at) => {
  const id = await storeInstance(db, { state: 'running', terminated_at: null, created_at: at, updated_at: at });
  return { table: 'relay_instances', where: { id } };
};

async function storeInstance(db: Database, values: object): Promise<string> {
  const id = systemRandom.id('rly');
  const launch = {
    session_id: `ses of ${id}`,
    attempt: 1,
    provider: 'scripted',
    provision_token: id,
    region: 'us-east-1',
  };
  await db('relay_instances').insert({ id, instance_id: id, ...launch, ...values });
  return id;
}

function assignment(state: string): StoreRow {
  return async (db, user_id, at) => {
    const { id: host_id } = await addPoolHost(db);
    const id = systemRandom.id('pas');
    const names = { instance_id: id, provision_token: id, session_id: `ses of ${id}`, user_id, stream_token: id };
    const released_at = state === 'released' ? at : null;
    const rest = { host_id, region: 'us-east-1', deployment: 'lab', state, step: 'ready', released_at };
    await db('pool_assignments').insert({ ...names, ...rest, created_at: at, updated_at: at });
    return { table: 'pool_assignments', where: { instance_id: id } };
  };
}

/** A place at a host that was given back then. */
export const releasedAssignment = assignment('released');

/** One that is taken since then. */
export const servingAssignment = assignment('serving');

/** A session that ended then. */
export const endedSession: StoreRow = async (db, userId, at) => {
  const { id } = await storeSession(db, at, userId, 'stopped', { stoppedAt: at });
  return { table: 'relay_sessions', where: { id } };
};

/** A session that is live since then. */
export const liveSession: StoreRow = async (db, userId, at) => {
  const { id } = await storeSession(db, at, userId, 'active');
  return { table: 'relay_sessions', where: { id } };
};

/** An outage that ended then. */
export const outage: StoreRow = async (db, _userId, at) => {
  const row = { role: 'api', started_at: plus(at, -60), ended_at: at };
  await db('outages').insert(row);
  return { table: 'outages', where: row };
};

function webhook(state: string): StoreRow {
  return async (db, _userId, at) => {
    const id = systemRandom.id('bev');
    const row = { id, body: Buffer.from(id), body_sha256: randomBytes(32), received_at: at, state, reason: 'test' };
    await db('billing_events').insert(row);
    return { table: 'billing_events', where: { id } };
  };
}

/** A webhook of the seller that came then and was worked on. */
export const settledWebhook = webhook('applied');

/** One that still waits for its work. */
export const waitingWebhook = webhook('received');

/** The note that an import brought the user in. */
export async function noteImported(db: Database, userId: string): Promise<void> {
  const row = { source_table: 'users', source_id: userId, user_id: userId, source_digest: 'd', target_digest: 'd' };
  await db('imported_rows').insert({ ...row, imported_at: new Date() });
}

/** The note that an import brought one of the user's rows in then. */
export const importedRow: StoreRow = async (db, user_id, at) => {
  const where = { source_table: 'sessions', source_id: randomUUID() };
  await db('imported_rows').insert({ ...where, user_id, source_digest: 'd', imported_at: at });
  return { table: 'imported_rows', where };
};
