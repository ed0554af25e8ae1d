import type { Database, Transaction } from '../../database/connect.ts';
import type { InstanceRef } from './providers/provider.ts';

const TABLE = 'relay_instances';

/** One instance at a provider, from the intent to launch it to its end. */
export interface RelayInstance {
  id: string;
  sessionId: string;
  attempt: number;
  provider: string;
  /** The idempotency token it is launched with. */
  provisionToken: string;
  region: string;
  state: 'requested' | 'running' | 'terminating' | 'terminated';
  /** Where its provider tried to launch it last, in the provider's own words. */
  placement: string | null;
  /** The provider's name; null until the provider has answered. */
  instanceId: string | null;
  createdAt: Date;
  /** When the provider named it. */
  launchedAt: Date | null;
}

interface InstanceRow {
  id: string;
  session_id: string;
  attempt: number;
  provider: string;
  provision_token: string;
  region: string;
  state: RelayInstance['state'];
  placement: string | null;
  instance_id: string | null;
  created_at: Date;
  launched_at: Date | null;
}

function toInstance(row: InstanceRow): RelayInstance {
  return {
    id: row.id,
    sessionId: row.session_id,
    attempt: row.attempt,
    provider: row.provider,
    provisionToken: row.provision_token,
    region: row.region,
    state: row.state,
    placement: row.placement,
    instanceId: row.instance_id,
    createdAt: row.created_at,
    launchedAt: row.launched_at,
  };
}

/** Records the intent to launch; an attempt that is recorded already stays as it is. Returns what is recorded. */
export async function recordIntent(
  trx: Transaction,
  instance: Omit<RelayInstance, 'launchedAt'>,
): Promise<RelayInstance> {
  const rows = await trx(TABLE)
    .insert({
      id: instance.id,
      session_id: instance.sessionId,
      attempt: instance.attempt,
      provider: instance.provider,
      provision_token: instance.provisionToken,
      region: instance.region,
      state: instance.state,
      instance_id: instance.instanceId,
      created_at: instance.createdAt,
      updated_at: instance.createdAt,
    })
    .onConflict(['session_id', 'attempt'])
    // Changes nothing, but returns the row.
    .merge({ attempt: instance.attempt })
    .returning<InstanceRow[]>('*');
  return toInstance(rows[0] as InstanceRow);
}

/** Notes where an instance is about to be launched. */
export async function notePlacement(db: Database, provisionToken: string, placement: string, now: Date): Promise<void> {
  await db(TABLE).where({ provision_token: provisionToken }).update({ placement, updated_at: now });
}

/** Notes the provider's name of a launched instance, even of one that was given up for never launched. */
export async function markRunning(
  db: Database,
  provisionToken: string,
  { instanceId, region }: { instanceId: string; region: string },
  now: Date,
): Promise<void> {
  await db(TABLE)
    .where({ provision_token: provisionToken })
    .where((open) => open.whereIn('state', ['requested', 'running']).orWhereNull('instance_id'))
    .update({
      instance_id: instanceId,
      region,
      // One that is to go stays so.
      state: db.raw("case state when 'terminating' then state else 'running' end"),
      launched_at: db.raw('coalesce(launched_at, ?)', [now]),
      terminated_at: null,
      updated_at: now,
    });
}

/** Gives up a launch's instance that its session goes on without; the take-down job does the rest. */
export async function retire(db: Database, provisionToken: string, now: Date): Promise<void> {
  await retireWhere(db, { provision_token: provisionToken }, now);
}

/** The same for an instance by its name. */
export async function retireInstance(db: Database, sessionId: string, instanceId: string, now: Date): Promise<void> {
  await retireWhere(db, { session_id: sessionId, instance_id: instanceId }, now);
}

async function retireWhere(db: Database, which: Record<string, string>, now: Date): Promise<void> {
  await db(TABLE).where(which).whereNot({ state: 'terminated' }).update({ state: 'terminating', updated_at: now });
}

export async function markTerminating(db: Database, id: string, ref: InstanceRef, now: Date): Promise<void> {
  await db(TABLE)
    .where({ id })
    .whereNot({ state: 'terminated' })
    .update({ state: 'terminating', instance_id: ref.instanceId, region: ref.region, updated_at: now });
}

export async function markTerminated(db: Database, id: string, now: Date): Promise<void> {
  await db(TABLE).where({ id }).update({ state: 'terminated', terminated_at: now, updated_at: now });
}

/** The same, found by the token of a launch that certainly made nothing. */
export async function markNeverLaunched(db: Database, provisionToken: string, now: Date): Promise<void> {
  await db(TABLE)
    .where({ provision_token: provisionToken, instance_id: null })
    .update({ state: 'terminated', terminated_at: now, updated_at: now });
}

/** A session's instances that aren't known to be gone. */
export async function findOpenInstances(db: Database, sessionId: string): Promise<RelayInstance[]> {
  const rows = await db<InstanceRow>(TABLE).where({ session_id: sessionId }).andWhereNot({ state: 'terminated' });
  return rows.map(toInstance);
}

/** Up to 100 notes of instances that should be gone: of sessions that are over, or retired, and untouched since then. */
export async function findStaleInstances(db: Database, before: Date): Promise<RelayInstance[]> {
  const rows = await db<InstanceRow>(TABLE)
    .whereRaw("state <> 'terminated'")
    .andWhere('updated_at', '<', before)
    .andWhere((over) =>
      over
        .where({ state: 'terminating' })
        .orWhereNotExists(
          db('relay_sessions')
            .whereRaw('relay_sessions.id = relay_instances.session_id')
            .whereRaw("status <> 'stopped'")
            .select(db.raw('1')),
        ),
    )
    .orderBy('updated_at')
    .limit(100);
  return rows.map(toInstance);
}

/** Whether the session ever had this instance. */
export async function hasInstance(db: Database, sessionId: string, instanceId: string): Promise<boolean> {
  const row = await db(TABLE).where({ session_id: sessionId, instance_id: instanceId }).first('id');
  return row !== undefined;
}
