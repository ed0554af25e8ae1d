import { addSeconds, later } from '../../clock.ts';
import type { Transaction } from '../../database/connect.ts';
import { type ImportContext, importRow } from '../../database/import/import-row.ts';
import {
  assertOrder,
  BadRowError,
  optionalText,
  type SourceValues,
  textLike,
  time,
} from '../../database/import/read-row.ts';
import type { ImportOutcome } from '../../database/import/report.ts';
import { pauseFleet } from './fleet-control.ts';
import { IMPORTED_FINGERPRINT } from './idempotency-store.ts';
import { type LegacyRelay, toImportedInstance, toImportedSession } from './legacy-session.ts';
import type { RelaySession } from './session.ts';
import { eventsInsert } from './session-history-store.ts';
import { toRow } from './session-row.ts';
import { KEY_TTL_SECONDS, START_OPERATION } from './start-service.ts';

const EVENTS = 'relay_session_events';

/** Why the fleet is paused by an import; the end of the sentence is the command that ends it. */
export const TAKE_OVER =
  'Relays of the Go service were taken over. Look at `npm run fleet -- reconcile --dry-run`, then: npm run fleet -- resume';

/**
 * Brings in the relay sessions of a user and their instances. Live ones carry on: their leases, and what is billed for
 * them, begin anew at the import, and the reconciler only reports until an operator resumes it.
 *
 * @returns what became of each by its id; those that were left out are missing.
 */
export async function importLegacySessions(
  context: ImportContext,
  userId: string,
  relays: readonly LegacyRelay[],
): Promise<ReadonlyMap<string, ImportOutcome>> {
  const outcomes = new Map<string, ImportOutcome>();
  for (const { session, instances } of relays) {
    const id = String(session.id);
    let made: RelaySession | undefined;
    const outcome = await importRow(
      context,
      { table: 'sessions', id, userId, values: { ...session, instances } },
      () => {
        made = toImportedSession(userId, { session, instances }, context.now);
        const { id: _id, ...values } = toRow(made);
        return { table: 'relay_sessions', key: { id }, values: { ...values } };
      },
      (trx) => replaceEvent(trx, made as RelaySession, context.now),
    );
    if (outcome) outcomes.set(id, outcome);
  }
  return outcomes;
}

/** The one event that stands for all that happened there. */
async function replaceEvent(trx: Transaction, session: RelaySession, now: Date): Promise<void> {
  await trx(EVENTS).where({ session_id: session.id, cause: 'imported' }).delete();
  const event = { from: null, to: session.status, cause: 'imported', at: session.stoppedAt ?? now };
  await eventsInsert(trx, session, [event], { name: 'operator' }, now);
}

/** Of these sessions, those that were live when they were brought in. */
export async function carriedOn(trx: Transaction, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const found: string[] = await trx(EVENTS)
    .whereIn('session_id', ids)
    .where({ cause: 'imported' })
    .whereIn('to_status', ['active', 'grace'])
    .pluck('session_id');
  return new Set(found);
}

/** Lets the reconciler only report, and counts the API as alive until now, so that what comes is an outage of ours. */
export async function pauseForTakeOver({ trx, now }: ImportContext): Promise<void> {
  await pauseFleet(trx, TAKE_OVER, now);
  await trx('alive_marks').insert({ role: 'api', at: now }).onConflict('role').ignore();
}

/** Brings in an instance, also of a session that is left out: someone has to end it. */
export async function importLegacyInstance(
  context: ImportContext,
  userId: string,
  values: SourceValues,
  sessionId: string | null,
): Promise<void> {
  const source = { table: 'relay_instances', id: String(values.id), userId, values };
  await importRow(context, source, () => toImportedInstance(values, sessionId, context.now));
}

/** Brings in a key that still counts, so that a repeated start finds its session. */
export async function importLegacyKey(context: ImportContext, userId: string, values: SourceValues): Promise<void> {
  const source = { table: 'idempotency_records', id: String(values.id), userId, values };
  const { created_at: createdAt, expires_at: expiresAt } = values;
  const oldest = addSeconds(context.now, -KEY_TTL_SECONDS);
  const isOver = createdAt instanceof Date && createdAt <= oldest;
  if (isOver || (expiresAt instanceof Date && expiresAt <= context.now)) {
    context.report.pass(source.table, 1, 'is over: the key counts no more');
    return;
  }
  await importRow(context, source, () => {
    assertOrder(values, 'created_at', 'expires_at');
    if (!/relay[/_.]?start|startRelay/i.test(optionalText(values, 'endpoint') ?? ''))
      throw new BadRowError('endpoint is not the start of a relay');
    const key = textLike(values, 'idempotency_key', /^[0-9a-f-]{36}$/i);
    return {
      table: 'idempotency_keys',
      key: { user_id: userId, operation: START_OPERATION, key },
      values: {
        fingerprint: IMPORTED_FINGERPRINT,
        session_id: textLike(values, 'session_id', /^ses_/),
        created_at: later(oldest, time(values, 'created_at')),
      },
    };
  });
}

/** Brings in a region of the manifest; what the provider launches from replaces it as soon as a worker starts. */
export async function importLegacyManifest(context: ImportContext, values: SourceValues): Promise<void> {
  const { count } = (await context.trx('relay_manifests').count('* as count').first()) as { count: string };
  const source = { table: 'relay_manifests', id: String(values.region), userId: null, values };
  await importRow(context, source, () => ({
    table: 'relay_manifests',
    key: { region: textLike(values, 'region', /./) },
    values: {
      ami_id: textLike(values, 'ami_id', /./),
      default_instance_type: textLike(values, 'default_instance_type', /./),
      position: Number(count),
      updated_at: time(values, 'updated_at'),
    },
  }));
}
