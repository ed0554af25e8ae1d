import { floorToSecond, later } from '../../clock.ts';
import type { ImportContext } from '../../database/import/import-row.ts';
import { BadRowError, type SourceValues } from '../../database/import/read-row.ts';
import type { ImportOutcome } from '../../database/import/report.ts';
import type { Random } from '../../random.ts';
import { importLegacyUser, type Plans } from '../account/index.ts';
import { importLegacyDevice, importLegacyLogin } from '../auth/index.ts';
import { importLegacyEvent, importLegacySubscriptions } from '../billing/index.ts';
import { carriedOn, importLegacyInstance, importLegacyKey, importLegacySessions } from '../relay/index.ts';
import { importLegacyBills, type LegacyBill, liveSeconds, monthlyCycle, toLegacyBill } from '../usage/index.ts';
import type { LegacyUser } from './batch.ts';

export interface ImportUserOptions {
  plans: Plans;
  random: Random;
  sharedEmails: ReadonlySet<string>;
}

/** A user, and what else came of them that others have to know. */
export interface ImportedUser {
  /** Whether the reconciler could act on what was stored. */
  touchesFleet: boolean;
}

/** Brings in a user with everything about them, in the order in which rows refer to one another. */
export async function importUser(
  context: ImportContext,
  legacy: LegacyUser,
  options: ImportUserOptions,
): Promise<ImportedUser> {
  const { user, devices, logins, keys, events } = legacy;
  const id = String(user.id);
  if (!(await importLegacyUser(context, user, options))) {
    leaveOutRest(context, legacy);
    return { touchesFleet: false };
  }
  await importLegacySubscriptions(context, user);
  for (const row of devices) await importLegacyDevice(context, id, row);
  for (const row of logins) await importLegacyLogin(context, id, row);
  const { sessions, instancesOf } = sessionsOf(legacy);
  const outcomes = await importLegacySessions(
    context,
    id,
    sessions.map((session) => ({ session, instances: instancesOf(session) })),
  );
  for (const session of sessions) {
    for (const row of instancesOf(session)) {
      // Without its session it would look like one that is to go.
      if (outcomes.has(String(session.id))) await importLegacyInstance(context, id, row, String(session.id));
      else context.report.leaveOut('relay_instances', String(row.id), 'its session is left out');
    }
    noteHealth(context, session, outcomes);
  }
  for (const row of keys) await importLegacyKey(context, id, row);
  await importBills(context, legacy, outcomes, options.random);
  for (const row of events) await importLegacyEvent(context, id, row);
  return { touchesFleet: [...outcomes.values()].some((outcome) => outcome === 'imported' || outcome === 'updated') };
}

function sessionsOf({ sessions, instances }: LegacyUser) {
  return { sessions, instancesOf: ({ id }: SourceValues) => instances.get(id) ?? [] };
}

function noteHealth({ report }: ImportContext, session: SourceValues, outcomes: ReadonlyMap<string, ImportOutcome>) {
  if (session.last_observed_at === undefined) return;
  const outcome = outcomes.get(String(session.id));
  if (outcome) report.note('relay_health_events', outcome);
  else report.pass('relay_health_events', 1, 'its session is left out');
}

/** What was billed: by its record or, for a session that runs and has none yet, by its own figures. */
async function importBills(
  context: ImportContext,
  { user, sessions, bills }: LegacyUser,
  outcomes: ReadonlyMap<string, ImportOutcome>,
  random: Random,
): Promise<void> {
  const { trx, now, report } = context;
  const id = String(user.id);
  const found: LegacyBill[] = [];
  for (const row of bills) {
    try {
      found.push(toLegacyBill(row));
    } catch (error) {
      if (!(error instanceof BadRowError)) throw error;
      report.leaveOut('usage_records', String(row.id), error.message);
    }
  }
  const recorded = new Set(bills.map((row) => row.session_id));
  const carried = await carriedOn(trx, [...outcomes.keys()]);
  for (const session of sessions) {
    if (recorded.has(session.id) || !carried.has(String(session.id))) continue;
    const cycle = cycleOf(user, now);
    const since = session.started_at instanceof Date ? later(session.started_at, cycle) : cycle;
    found.push({
      table: 'sessions.bill',
      sessionId: String(session.id),
      cycleStart: cycle,
      seconds: liveSeconds(session, since, now),
    });
  }
  const settled = new Set([...carried].filter((one) => outcomes.get(one) !== 'updated'));
  await importLegacyBills(context, random, id, found, settled);
}

function cycleOf({ cycle_start_at: start, created_at: created }: SourceValues, now: Date): Date {
  return monthlyCycle(floorToSecond((start ?? created) as Date), now).start;
}

function leaveOutRest({ report }: ImportContext, legacy: LegacyUser): void {
  const { sessions, instancesOf } = sessionsOf(legacy);
  const rest: [table: string, rows: readonly SourceValues[]][] = [
    ['auth_sessions', legacy.devices],
    ['plugin_login_attempts', legacy.logins],
    ['sessions', sessions],
    ['relay_instances', sessions.flatMap(instancesOf)],
    ['idempotency_records', legacy.keys],
    ['usage_records', legacy.bills],
    ['billing_events', legacy.events],
  ];
  for (const [table, rows] of rest) {
    for (const { id } of rows) report.leaveOut(table, String(id), 'its user is left out');
  }
  const reported = sessions.filter((row) => row.last_observed_at !== undefined).length;
  report.pass('relay_health_events', reported, 'its session is left out');
}
