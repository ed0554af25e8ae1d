import { addSeconds } from '../../clock.ts';
import type { Transaction } from '../../database/connect.ts';
import { errors } from '../../http/errors.ts';
import { hasInstance } from './instance-store.ts';
import { commitChange, horizonOf, type RelayDeps } from './lifecycle.ts';
import type { IngestState, RelaySession } from './session.ts';
import { type SessionChange, settle, withFields, withMove } from './session-change.ts';
import { LEASE_SECONDS } from './session-machine.ts';
import { lockSession, renewLease } from './session-store.ts';

/** A heartbeat, and what a relay saw. */
export interface HealthReport {
  sessionId: string;
  instanceId: string;
  /** Only with a trusted relay: its figures count. */
  figures?: { ingestActive: boolean | undefined; observedAt: Date | undefined };
  /** Only if the session is this user's. */
  ownerId?: string;
  requestId: string;
}

/** A relay's clock may be this far ahead of ours, in seconds. */
const FUTURE_TOLERANCE = 30;
/** A report that took longer than this to arrive tells nothing of now, in seconds. */
const LATE_TOLERANCE = 120;

/**
 * Notes a heartbeat: renews the lease and, from a trusted relay, follows its ingest.
 *
 * @returns the session afterwards.
 * @throws ApiError 404 for an unknown or stopped session, someone else's, or another instance.
 */
export async function reportHealth(deps: RelayDeps, report: HealthReport): Promise<RelaySession> {
  const now = deps.clock.now();
  const figures = usableFigures(report, now);
  const quick = await renewLease(deps.database, {
    sessionId: report.sessionId,
    instanceId: report.instanceId,
    now,
    leaseExpiresAt: addSeconds(now, LEASE_SECONDS),
    ...(report.ownerId === undefined ? {} : { userId: report.ownerId }),
    ...(figures?.ingestActive === undefined ? {} : { ingestState: figures.ingestActive ? 'active' : 'never' }),
    ...(figures?.observedAt === undefined ? {} : { observedAt: figures.observedAt }),
  });
  if (quick) return quick;
  return deps.database
    .transaction(async (trx) => {
      const session = await lockSession(trx, report.sessionId);
      if (!session || !(await mayReport(trx, session, report)))
        throw errors.notFound('live relay session with this instance');
      const change = withReport(settle(session, horizonOf(deps)), report, now);
      const actor = { name: report.figures ? 'relay' : 'user', requestId: report.requestId };
      const stored = await commitChange(deps, trx, change, actor);
      return stored;
    })
    .then((session) => {
      // Thrown only here: a throw inside would take back the transition that was just stored.
      if (session.status === 'stopped') throw errors.notFound('live relay session with this instance');
      return session;
    });
}

function usableFigures(report: HealthReport, now: Date): HealthReport['figures'] {
  const { figures } = report;
  if (!figures?.observedAt) return figures;
  const age = (now.getTime() - figures.observedAt.getTime()) / 1000;
  return age <= LATE_TOLERANCE && age >= -FUTURE_TOLERANCE ? figures : undefined;
}

/** The owner may name any instance the session ever had; a relay only the present one. */
async function mayReport(trx: Transaction, session: RelaySession, report: HealthReport): Promise<boolean> {
  if (report.ownerId !== undefined && session.userId !== report.ownerId) return false;
  if (session.instanceId === report.instanceId) return true;
  return report.ownerId !== undefined && (await hasInstance(trx, session.id, report.instanceId));
}

function withReport(change: SessionChange, report: HealthReport, now: Date): SessionChange {
  const { status } = change.after;
  if (status === 'stopped' || status === 'provisioning') return change;
  const noted = withIngest(change, report, now);
  const lost = noted.after.ingestState === 'lost';
  if (status === 'active') {
    const renewed = withFields(noted, { leaseExpiresAt: addSeconds(now, LEASE_SECONDS) });
    return lost ? withMove(renewed, 'grace', 'ingest_lost', now) : renewed;
  }
  if (lost) return noted;
  const restored = change.after.ingestState === 'lost';
  return withMove(noted, 'active', restored ? 'ingest_restored' : 'heartbeat', now);
}

/** Takes over what a report says of the ingest, unless a newer report was there before. */
function withIngest(change: SessionChange, report: HealthReport, now: Date): SessionChange {
  const figures = usableFigures(report, now);
  if (!figures) return change;
  const { lastObservedAt, ingestState } = change.after;
  const observedAt = figures.observedAt ?? now;
  if (lastObservedAt && observedAt <= lastObservedAt) return change;
  return withFields(change, {
    lastObservedAt: observedAt,
    ingestState: nextIngestState(ingestState, figures.ingestActive),
  });
}

function nextIngestState(known: IngestState, ingestActive: boolean | undefined): IngestState {
  if (ingestActive === undefined) return known;
  if (ingestActive) return 'active';
  // A relay that was never fed is always-ready, not lost.
  return known === 'never' ? 'never' : 'lost';
}
