import type { SourceValues } from '../../database/import/read-row.ts';
import type { LegacySource } from './source.ts';
import type { LegacyTable } from './tables.ts';

/** Users that are read at once. */
const BATCH = 100;

/** A user of the Go service with everything about them. */
export interface LegacyUser {
  user: SourceValues;
  devices: SourceValues[];
  logins: SourceValues[];
  /** The newest first: of two live ones of a connection that is the one that counts. */
  sessions: SourceValues[];
  /** By the session that each belongs to. */
  instances: Map<unknown, SourceValues[]>;
  keys: SourceValues[];
  bills: SourceValues[];
  events: SourceValues[];
}

/** Up to 100 users behind the one with the id `after`, in the order of their ids. */
export async function readBatch(source: LegacySource, after: string): Promise<LegacyUser[]> {
  const users = await source.rows('users', `t.id > :after and t.id in (${NEXT})`, { after });
  const ids = users.map(({ id }) => id);
  const ofUsers = async (table: LegacyTable) =>
    Map.groupBy(
      source.columnsOf(table).includes('user_id') ? await source.rows(table, 't.user_id = any(:ids)', { ids }) : [],
      (row) => row.user_id,
    );
  const devices = await ofUsers('auth_sessions');
  const logins = await ofUsers('plugin_login_attempts');
  const keys = await ofUsers('idempotency_records');
  const bills = await ofUsers('usage_records');
  const events = await ofUsers('billing_events');
  const sessions = await ofUsers('sessions');
  const all = [...sessions.values()].flat();
  const instances = await readInstances(source, all);
  const ingest = await readIngest(source, all);
  return users.map((user) => ({
    user,
    devices: devices.get(user.id) ?? [],
    logins: logins.get(user.id) ?? [],
    sessions: (sessions.get(user.id) ?? [])
      .map((row) => ({ ...row, stream_token: user.stream_token, ...ingest.get(row.id) }))
      .toSorted((a, b) => Number(moment(b)) - Number(moment(a))),
    instances,
    keys: keys.get(user.id) ?? [],
    bills: bills.get(user.id) ?? [],
    events: events.get(user.id) ?? [],
  }));
}

const NEXT = `select id from users where id > :after order by id limit ${BATCH}`;

function moment({ created_at: at }: SourceValues): Date | 0 {
  return at instanceof Date ? at : 0;
}

async function readInstances(source: LegacySource, sessions: SourceValues[]): Promise<Map<unknown, SourceValues[]>> {
  const byInstance = new Map(sessions.map(({ id, relay_instance_id }) => [relay_instance_id, id]));
  const bindings = { sessions: sessions.map(({ id }) => id), named: [...byInstance.keys()].filter(Boolean) };
  const rows = await source.rows('relay_instances', 't.session_id = any(:sessions) or t.id = any(:named)', bindings);
  const renamed = rows.map(({ aws_instance_id, ...row }) => ({ instance_id: aws_instance_id, ...row }));
  return Map.groupBy(renamed, (row: SourceValues) => row.session_id ?? byInstance.get(row.id));
}

/** What the relays of live sessions said last. */
async function readIngest(source: LegacySource, sessions: SourceValues[]): Promise<Map<unknown, object>> {
  const ids = sessions.filter(({ status }) => status === 'active' || status === 'grace').map(({ id }) => id);
  const newest = `t.id in (
    select distinct on (session_id) id from relay_health_events
     where session_id = any(:ids) order by session_id, observed_at desc nulls last, id desc)`;
  const rows = ids.length === 0 ? [] : await source.rows('relay_health_events', newest, { ids });
  return new Map(
    rows.map((row) => [row.session_id, { last_ingest: row.ingest_active, last_observed_at: row.observed_at }]),
  );
}
