import { addSeconds } from '../../clock.ts';
import type { Transaction } from '../../database/connect.ts';
import { retire, retireInstance } from './instance-store.ts';
import { runLaunch } from './launch.ts';
import { type LaunchDeps, type LaunchPurpose, type Progress, tokenOf } from './launch-purpose.ts';
import { commitChange, horizonOf, type RelayDeps, SYSTEM } from './lifecycle.ts';
import { isComingUp, laterStep, type ProvisionStep, type RelayMigration, type SessionFailure } from './session.ts';
import { type SessionChange, settle, withFields, withVisibleFields } from './session-change.ts';
import { PROVISION_SECONDS } from './session-machine.ts';
import { findSession, lockDrained, lockSession } from './session-store.ts';

export interface MigrateJobDeps extends LaunchDeps {
  /** Makes the session's name lead to its relay; does nothing where relays have no names. */
  publishName(sessionId: string): Promise<void>;
}

/** The old relay goes on for so long once the name leads to the new one, in seconds: twice the record's life. */
export const DRAIN_SECONDS = 120;
/** Longest wait for the name to be changed, in seconds; a sender that goes by address does not need it. */
export const REPOINT_SECONDS = 600;

/**
 * Moves a live session to a relay in another region, from wherever an earlier run left it. Returns once the session has
 * moved, its old relay draining, or stayed; throws when the run is cut short, to be run again.
 */
export async function migrateSession(deps: MigrateJobDeps, sessionId: string, signal: AbortSignal): Promise<void> {
  await runLaunch(deps, NEW_RELAY, sessionId, signal);
  await repoint(deps, sessionId);
}

/** The relay that a session moves to. */
const NEW_RELAY: LaunchPurpose = {
  launchOf({ migration, provisionAttempt }) {
    if (!migration || !isComingUp(migration)) return null;
    return { attempt: provisionAttempt, tries: migration.tries, region: migration.region };
  },
  // It is that region which was asked for.
  anyRegion: false,
  withLimits(change, now) {
    const { migration } = change.after;
    if (!migration || !isComingUp(migration)) return change;
    if (now < addSeconds(migration.startedAt, PROVISION_SECONDS)) return change;
    const message = 'The new relay did not come up in time.';
    return withFailure(change, { code: 'provision_timeout', message }, now);
  },
  withProgress(change, { instanceId, step }, now) {
    const { migration } = change.after;
    if (!migration || step === 'ready') return change;
    const next = laterStep(migration.step as ProvisionStep, step) as RelayMigration['step'];
    if (migration.instanceId === instanceId && migration.step === next) return change;
    return withMigration(change, { ...migration, instanceId, step: next }, now);
  },
  withReady,
  withNextAttempt(change, now) {
    const { migration, provisionAttempt } = change.after;
    if (!migration) return change;
    const again = { ...migration, step: 'launching_instance', instanceId: null, tries: migration.tries + 1 } as const;
    return withMigration(withFields(change, { provisionAttempt: provisionAttempt + 1 }), again, now);
  },
  withFailure,
  onCommit: retireGivenUp,
};

function withMigration(change: SessionChange, migration: RelayMigration | null, now: Date): SessionChange {
  return withVisibleFields(change, { migration }, now);
}

/** The new relay takes the old one's place, which stays on as the other one. */
function withReady(change: SessionChange, { instanceId, region, address }: Progress, now: Date): SessionChange {
  const { migration, status, ingestState, instanceId: oldInstanceId } = change.after;
  if (!migration) return change;
  return withVisibleFields(
    change,
    {
      ...address,
      instanceId,
      region,
      relayHostname: null,
      // The new relay has seen no stream yet: that it has none is no loss, unless one was missed already.
      ingestState: status === 'grace' ? ingestState : 'never',
      lastObservedAt: null,
      migration: { ...migration, step: 'repointing_dns', instanceId: oldInstanceId, startedAt: now },
    },
    now,
  );
}

/** The session stays where it is. */
function withFailure(change: SessionChange, failure: SessionFailure, now: Date): SessionChange {
  const { migration } = change.after;
  return migration ? withMigration(change, { ...migration, step: 'failed', instanceId: null, failure }, now) : change;
}

/** A new relay that is given up is taken down, whatever had become of it. */
async function retireGivenUp(deps: LaunchDeps, trx: Transaction, { before, after }: SessionChange): Promise<void> {
  if (after.migration?.step !== 'failed' || before.migration?.step === 'failed') return;
  await retire(trx, tokenOf(after.id, { attempt: after.provisionAttempt }), deps.clock.now());
  await deps.jobs.enqueue(trx, 'relay-deprovision', { sessionId: after.id });
}

/** Tells DNS, patiently but not for ever, and lets the old relay's last time begin. Throws to be run again. */
async function repoint(deps: MigrateJobDeps, sessionId: string): Promise<void> {
  const session = await findSession(deps.database, sessionId);
  if (session?.migration?.step !== 'repointing_dns') return;
  try {
    await deps.publishName(sessionId);
  } catch (error) {
    if (deps.clock.now() < addSeconds(session.migration.startedAt, REPOINT_SECONDS)) throw error;
    deps.logger.warn({ session_id: sessionId, err: error }, 'name_not_repointed');
  }
  await deps.database.transaction(async (trx) => {
    const locked = await lockSession(trx, sessionId);
    if (!locked) return;
    const horizon = horizonOf(deps);
    const { now } = horizon;
    const change = settle(locked, horizon);
    const { migration } = change.after;
    const draining = migration?.step === 'repointing_dns' && {
      ...migration,
      step: 'draining' as const,
      drainUntil: addSeconds(now, DRAIN_SECONDS),
    };
    await commitChange(deps, trx, draining ? withMigration(change, draining, now) : change, SYSTEM);
  });
}

/**
 * Ends every move whose old relay has had its time, and has that relay taken down. Several workers share the work.
 *
 * @returns how many moves ended.
 */
export async function endDrains(deps: RelayDeps): Promise<number> {
  return deps.database.transaction(async (trx) => {
    const horizon = horizonOf(deps);
    const due = await lockDrained(trx, horizon.now);
    for (const session of due) {
      const change = settle(session, horizon);
      const { migration } = change.after;
      await commitChange(deps, trx, migration ? withMigration(change, null, horizon.now) : change, SYSTEM);
      // A session that has just ended has all of its instances taken down.
      if (!migration?.instanceId) continue;
      await retireInstance(trx, session.id, migration.instanceId, horizon.now);
      await deps.jobs.enqueue(trx, 'relay-deprovision', { sessionId: session.id });
    }
    return due.length;
  });
}
