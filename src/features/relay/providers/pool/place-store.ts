import type { Database } from '../../../../database/connect.ts';
import { isUniqueViolation } from '../../../../database/errors.ts';
import type { ProvisionRequest } from '../provider.ts';

/** Hosts that a stream may be given to. */
const ELIGIBLE = `h.region = :region and h.state = 'open' and h.health = 'healthy' and h.sessions < h.max_sessions
  and not exists (select 1 from pool_assignments a
    where a.host_id = h.id and a.stream_token = :streamToken and a.state <> 'released')`;

/** One statement, so that a host is locked no longer than it takes. */
const TAKE = `
  with best as (
    select h.failures > 0 as doubtful, h.sessions from pool_hosts h where ${ELIGIBLE} order by 1, 2 limit 1
  ), picked as (
    select h.id from pool_hosts h
      where ${ELIGIBLE} and (h.failures > 0, h.sessions) = (select doubtful, sessions from best)
      order by h.id limit 1 for update skip locked
  ), taken as (
    update pool_hosts h set sessions = h.sessions + 1, updated_at = :now from picked where h.id = picked.id
      returning h.id, h.region
  )
  insert into pool_assignments (instance_id, provision_token, host_id, region, session_id, user_id, deployment,
      stream_token, state, step, created_at, updated_at)
    select :instanceId, :token, taken.id, taken.region, :sessionId, (select id from users where id = :userId),
      :deployment, :streamToken, 'assigned', 'waiting_for_instance', :now, :now from taken
  returning instance_id`;

/**
 * Takes a place for a request: at a healthy host in that region rather than one in doubt, and of these at one that
 * has the fewest sessions. A host that changed since the statement began is looked at again before it is taken, so the
 * hosts never come to differ by more than one.
 *
 * @returns `taken`, also when someone else took one for this token meanwhile; `busy`: there is room, but others are
 * taking it; `full`: there is none.
 */
export async function takePlace(
  db: Database,
  request: ProvisionRequest,
  { region, instanceId, now }: { region: string; instanceId: string; now: Date },
): Promise<'taken' | 'busy' | 'full'> {
  const { token, sessionId, userId, deployment, streamToken } = request;
  try {
    const values = { token, sessionId, userId, deployment, streamToken, region, instanceId, now };
    const { rows } = await db.raw<{ rows: unknown[] }>(TAKE, values);
    if (rows.length > 0) return 'taken';
  } catch (error) {
    if (isUniqueViolation(error, 'pool_assignments_provision_token_key')) return 'taken';
    // Another session with this stream came to the same host meanwhile; there may be others.
    if (isUniqueViolation(error, 'pool_assignments_stream_key')) return 'busy';
    throw error;
  }
  const sql = `select 1 from pool_hosts h where ${ELIGIBLE} limit 1`;
  const { rows } = await db.raw<{ rows: unknown[] }>(sql, { region, streamToken });
  return rows.length > 0 ? 'busy' : 'full';
}

/** Gives the place of an ended assignment back, once however often it is asked for. */
export async function givePlaceBack(db: Database, instanceId: string, now: Date): Promise<void> {
  await db.transaction(async (trx) => {
    // The host before its assignments, as whoever removes one does: two orders would lock each other out.
    const host = await trx('pool_hosts')
      .whereIn('id', trx('pool_assignments').where({ instance_id: instanceId }).select('host_id'))
      .forUpdate()
      .first<{ id: string }>('id');
    const released = await trx('pool_assignments')
      .where({ instance_id: instanceId, state: 'releasing' })
      .update({ state: 'released', released_at: now, updated_at: now });
    if (host && released === 1) {
      await trx('pool_hosts').where({ id: host.id }).decrement('sessions', 1).update({ updated_at: now });
    }
  });
}

/** How many places a host counts as taken that aren't, or (negative) the other way round; 0 when it is gone. */
export async function miscount(db: Database, hostId: string): Promise<number> {
  const { rows } = await db.raw<{ rows: { wrong: number }[] }>(
    `select h.sessions - (select count(*) from pool_assignments a
        where a.host_id = h.id and a.state <> 'released')::integer as wrong
      from pool_hosts h where h.id = ?`,
    [hostId],
  );
  return rows[0]?.wrong ?? 0;
}

/** Counts a host's taken places anew, while nobody can take or give back one. */
export async function recount(db: Database, hostId: string, now: Date): Promise<void> {
  await db.transaction(async (trx) => {
    await trx('pool_hosts').where({ id: hostId }).forUpdate().first('id');
    // A statement of its own: it has to see what was committed until the lock was had.
    const wrong = await miscount(trx, hostId);
    await trx('pool_hosts').where({ id: hostId }).decrement('sessions', wrong).update({ updated_at: now });
  });
}

/**
 * Removes a host that has no session left.
 *
 * @param evenIfTaken true: the machine is gone, and what it had is over.
 * @returns how many sessions were in the way; 0: it is removed. With `evenIfTaken`, how many were ended.
 */
export async function removeHost(
  db: Database,
  hostId: string,
  { evenIfTaken, now }: { evenIfTaken: boolean; now: Date },
): Promise<number> {
  return db.transaction(async (trx) => {
    await trx('pool_hosts').where({ id: hostId }).forUpdate().first('id');
    const unreleased = trx('pool_assignments').where({ host_id: hostId }).whereNot({ state: 'released' });
    const [{ count } = { count: 0 }] = await unreleased.clone().count();
    if (Number(count) > 0 && !evenIfTaken) return Number(count);
    await unreleased.clone().update({ state: 'released', released_at: now, updated_at: now });
    await trx('pool_hosts').where({ id: hostId }).delete();
    return Number(count);
  });
}
