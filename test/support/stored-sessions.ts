import type { Database } from '../../src/database/connect.ts';
import type { RelaySession, SessionStatus } from '../../src/features/relay/session.ts';
import { sessionInsert } from '../../src/features/relay/session-store.ts';
import { systemRandom } from '../../src/random.ts';
import { relaySession } from './relay-session.ts';

/** Stores a session that came into that state just now, without a service; its connection is its own unless given. */
export async function storeSession(
  db: Database,
  now: Date,
  userId: string,
  status: SessionStatus,
  values: Partial<RelaySession> = {},
): Promise<RelaySession> {
  const pattern = relaySession(status);
  const shift = now.getTime() - pattern.updatedAt.getTime();
  const moved = Object.entries(pattern).map(([name, value]) => [
    name,
    value instanceof Date ? new Date(value.getTime() + shift) : value,
  ]);
  const id = systemRandom.id('ses');
  const session: RelaySession = {
    ...(Object.fromEntries(moved) as RelaySession),
    id,
    userId,
    connectionId: crypto.randomUUID(),
    ...(pattern.instanceId === null ? {} : { instanceId: `i-${id}` }),
    ...values,
  };
  await db.transaction((trx) => sessionInsert(trx, session));
  return session;
}

/** Stores the service's own note of a session's first instance. */
export async function noteInstance(
  db: Database,
  now: Date,
  session: RelaySession,
  instanceId: string | null,
  state: string,
): Promise<void> {
  await db('relay_instances').insert({
    id: systemRandom.id('rly'),
    session_id: session.id,
    attempt: 1,
    provider: 'scripted',
    provision_token: `${session.id}:1`,
    region: session.region,
    instance_id: instanceId,
    state,
    created_at: now,
    updated_at: now,
    terminated_at: state === 'terminated' ? now : null,
  });
}

/** The stored transitions of a session, as `from > to by cause`, with their times. */
export async function transitionsOf(db: Database, sessionId: string): Promise<[line: string, at: Date][]> {
  const rows: { from_status: string; to_status: string; cause: string; at: Date }[] = await db('relay_session_events')
    .where({ session_id: sessionId })
    .whereNotNull('from_status')
    .orderBy('id');
  return rows.map(({ from_status, to_status, cause, at }) => [`${from_status} > ${to_status} by ${cause}`, at]);
}
