import assert from 'node:assert/strict';
import type { Database } from '../../src/database/connect.ts';
import { LEGAL_TRANSITIONS } from '../support/legal-transitions.ts';

interface EventRow {
  from_status: string | null;
  to_status: string;
  cause: string;
  at: Date;
}

interface SessionRow {
  id: string;
  status: string;
  billed_seconds: number;
  active_since: Date | null;
  stopped_at: Date | null;
  stop_cause: string | null;
  failure_code: string | null;
}

interface UpdateRow {
  session_id: string;
  version: number;
  visible_changes: number;
  events: number;
}

/** What a client sees of a session, beside its state. */
const VISIBLE = ['provision_step', 'instance_id', 'public_ip', 'srt_port', 'player_port', 'stats_port', 'sls_port'];

/** Lets the database itself note each change of a session and each event, by transaction. */
export async function installChangeLog(db: Database): Promise<void> {
  const seen = VISIBLE.map((column) => `(old.${column}::text, new.${column}::text)`).join(', ');
  await db.raw(`
    create table change_log (tx bigint, session_id text, version int, visible int, stamped boolean);
    create table event_log (tx bigint, session_id text);
    create function log_change() returns trigger language plpgsql as $$
      begin
        insert into change_log select txid_current(), new.id, new.version - old.version,
          (select bool_or(v.a is distinct from v.b)::int from (values ${seen}) v (a, b)),
          new.updated_at is distinct from old.updated_at;
        return new;
      end $$;
    create function log_event() returns trigger language plpgsql as $$
      begin
        insert into event_log values (txid_current(), new.session_id);
        return new;
      end $$;
    create trigger log_change after update on relay_sessions for each row execute function log_change();
    create trigger log_event after insert on relay_session_events for each row when (new.from_status is not null)
      execute function log_event();
  `);
}

/** In each transaction the version rises by one for each transition and one for each change that a client sees. */
export async function checkVersions(db: Database): Promise<void> {
  const { rows } = await db.raw<{ rows: UpdateRow[] }>(`
    select session_id, sum(version)::int as version, sum(visible)::int as visible_changes,
      (select count(*)::int from event_log e where e.tx = c.tx and e.session_id = c.session_id) as events
    from change_log c group by tx, session_id`);
  for (const { session_id, version, visible_changes, events } of rows) {
    assert.equal(version, visible_changes + events, `${session_id}: ${visible_changes} changes, ${events} events`);
  }
  const silent = await db('change_log').where({ version: 0, stamped: true });
  assert.deepEqual(silent, [], 'updated_at moves only with the version');
}

/** A user's sessions are what their event rows say, and the ledger is the time in `active`, in whole seconds. */
export async function checkSessions(db: Database, userId: string): Promise<void> {
  const sessions: SessionRow[] = await db('relay_sessions').where({ user_id: userId });
  for (const session of sessions) {
    const events: EventRow[] = await db('relay_session_events').where({ session_id: session.id }).orderBy('id');
    checkPath(events);
    const last = events.at(-1);
    assert.equal(session.status, last?.to_status);
    if (session.status === 'stopped') {
      assert.deepEqual([session.stopped_at, session.stop_cause], [last?.at, last?.cause]);
    }
    await checkLedger(db, session, events);
    checkFailure(session);
  }
}

function checkPath([first, ...events]: EventRow[]): void {
  assert.deepEqual([first?.from_status, first?.to_status, first?.cause], [null, 'provisioning', 'started']);
  let before = first as EventRow;
  for (const event of events) {
    const line = `${event.from_status} > ${event.to_status} by ${event.cause}`;
    assert.equal(LEGAL_TRANSITIONS.has(line), true, line);
    assert.equal(event.from_status, before.to_status);
    assert.equal(
      event.at >= before.at,
      true,
      `${line} at ${event.at.toISOString()} is behind ${before.at.toISOString()}`,
    );
    before = event;
  }
}

async function checkLedger(db: Database, session: SessionRow, events: EventRow[]): Promise<void> {
  const rows: { started_at: Date; ended_at: Date }[] = await db('usage_intervals')
    .where({ session_id: session.id })
    .orderBy('seq');
  const expected = activePeriods(events)
    .filter(({ to }) => to !== null)
    .map(({ from, to }) => [wholeSecond(from), wholeSecond(to as Date)]);
  assert.deepEqual(
    rows.map(({ started_at, ended_at }) => [started_at.getTime(), ended_at.getTime()]),
    expected,
  );
  for (const [index, row] of rows.slice(1).entries()) {
    assert.equal(row.started_at >= (rows[index]?.ended_at as Date), true, 'intervals overlap');
  }
  const seconds = expected.reduce((sum, [from = 0, to = 0]) => sum + (to - from) / 1000, 0);
  assert.equal(session.billed_seconds, seconds);
}

/** The spans between entering and leaving `active`; the last one may be open. */
export function activePeriods(events: { to_status: string; at: Date }[]): { from: Date; to: Date | null }[] {
  return events.flatMap(({ to_status, at }, index) =>
    to_status === 'active' ? [{ from: at, to: events[index + 1]?.at ?? null }] : [],
  );
}

function wholeSecond(at: Date): number {
  return Math.floor(at.getTime() / 1000) * 1000;
}

function checkFailure({ status, stop_cause, failure_code }: SessionRow): void {
  const failures = ['provision_timeout', 'provision_failed', 'capacity_unavailable', 'instance_lost'];
  const expected = status === 'stopped' && failures.includes(String(stop_cause)) ? stop_cause : null;
  assert.equal(failure_code, expected);
}

/** No lease and no grace of the user's ended inside an outage of ours. */
export async function checkOutages(db: Database, userId: string): Promise<void> {
  const victims = await db('relay_session_events as e')
    .join('outages as o', (on) => on.on('e.at', '>', 'o.started_at').andOn('e.at', '<=', 'o.ended_at'))
    .where({ 'e.user_id': userId })
    .whereIn('e.cause', ['lease_lapsed', 'grace_expired'])
    .select('e.session_id', 'e.cause', 'e.at', 'o.started_at', 'o.ended_at');
  assert.deepEqual(victims, []);
}
