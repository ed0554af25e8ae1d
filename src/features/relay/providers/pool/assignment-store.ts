import type { Database } from '../../../../database/connect.ts';
import type { ProvisionStep } from '../../session.ts';
import type { Assignment, AssignmentState } from './assignment.ts';
import { type AddressRow, toAddress } from './host-store.ts';

const TABLE = 'pool_assignments';

interface AssignmentRow extends AddressRow {
  instance_id: string;
  provision_token: string;
  host_id: string | null;
  host: string;
  region: string;
  session_id: string;
  deployment: string;
  stream_token: string;
  state: AssignmentState;
  step: ProvisionStep;
  created_at: Date;
  updated_at: Date;
}

function toAssignment(row: AssignmentRow): Assignment {
  return {
    instanceId: row.instance_id,
    token: row.provision_token,
    host: row.host_id === null ? null : { id: row.host_id, name: row.host, address: toAddress(row) },
    region: row.region,
    sessionId: row.session_id,
    deployment: row.deployment,
    streamToken: row.stream_token,
    state: row.state,
    step: row.step,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

const select = (db: Database) =>
  db<AssignmentRow>(`${TABLE} as a`)
    .leftJoin('pool_hosts as h', 'h.id', 'a.host_id')
    .select('a.*', 'h.host', 'h.ip', 'h.srt_port', 'h.player_port', 'h.stats_port', 'h.sls_port');

export async function findAssignment(db: Database, instanceId: string): Promise<Assignment | null> {
  const [row] = await select(db).where('a.instance_id', instanceId);
  return row ? toAssignment(row) : null;
}

export async function findAssignmentByToken(db: Database, token: string): Promise<Assignment | null> {
  const [row] = await select(db).where('a.provision_token', token);
  return row ? toAssignment(row) : null;
}

/** A deployment's assignments that aren't released, in the order in which they were made. */
export async function listUnreleased(db: Database, deployment: string): Promise<Assignment[]> {
  const rows = await select(db)
    .where('a.deployment', deployment)
    .whereNot('a.state', 'released')
    .orderBy('a.instance_id');
  return rows.map(toAssignment);
}

/** Everybody's of one host. */
export async function listUnreleasedOf(db: Database, hostId: string): Promise<Assignment[]> {
  const rows = await select(db).where('a.host_id', hostId).whereNot('a.state', 'released').orderBy('a.instance_id');
  return rows.map(toAssignment);
}

/** Whether the host has a session with this stream. */
export async function isStreamInUse(db: Database, hostId: string, streamToken: string): Promise<boolean> {
  const row = await db(TABLE)
    .where({ host_id: hostId, stream_token: streamToken })
    .whereNot({ state: 'released' })
    .first('instance_id');
  return row !== undefined;
}

/** Notes how far one has come that comes up; one that doesn't any more stays as it is. */
export async function advance(db: Database, instanceId: string, step: ProvisionStep, now: Date): Promise<void> {
  await db(TABLE)
    .where({ instance_id: instanceId, state: 'assigned' })
    .update({ step, state: step === 'ready' ? 'serving' : 'assigned', updated_at: now });
}

/** Ends one for its session; its place stays taken until the host has been told. */
export async function markReleasing(db: Database, instanceId: string, now: Date): Promise<void> {
  await db(TABLE)
    .where({ instance_id: instanceId })
    .whereIn('state', ['assigned', 'serving'])
    .update({ state: 'releasing', updated_at: now });
}
