import { addSeconds } from '../../clock.ts';
import type { Transaction } from '../../database/connect.ts';
import { errors } from '../../http/errors.ts';
import type { AccountNotices } from '../account-view/index.ts';
import { fillGaps, type TrueUpDeps } from '../usage/index.ts';
import type { LeaseRenewal, RenewedLease } from './heartbeat-store.ts';
import { hasInstance } from './instance-store.ts';
import { tellLaunch } from './launch-news.ts';
import { commitChange, horizonOf, type RelayDeps } from './lifecycle.ts';
import { COVERAGE_SECONDS, openInterval } from './metering.ts';
import { type IngestState, isComingUp, type RelaySession } from './session.ts';
import { type SessionChange, settle, withFields, withIngestReported, withMove } from './session-change.ts';
import { LEASE_SECONDS } from './session-machine.ts';
import { lockSession } from './session-store.ts';

export interface HealthDeps extends RelayDeps, TrueUpDeps {
  notices: AccountNotices;
  renewLease: LeaseRenewal;
}

/** What a relay saw. */
export interface RelayFigures {
  ingestActive: boolean | undefined;
  /** Seconds since the relay came up. */
  uptimeSeconds: number | undefined;
  /** By the relay's clock; undefined: when the report arrives. */
  observedAt: Date | undefined;
}

/** Figures that are neither late nor from the future. */
type UsableFigures = RelayFigures & { observedAt: Date };

/** A heartbeat, and what a relay saw. */
export interface HealthReport {
  sessionId: string;
  instanceId: string;
  /** Only with a trusted relay: its figures count. */
  figures?: RelayFigures;
  /** Only if the session is this user's. */
  ownerId?: string;
  requestId: string;
}

/** A relay's clock may be this far ahead of ours, in seconds. */
const FUTURE_TOLERANCE = 30;
/** A report that took longer than this to arrive tells nothing of now, in seconds. */
const LATE_TOLERANCE = 120;

/**
 * Notes a heartbeat: renews the lease and, from a trusted relay, follows its ingest and the bill that depends on it.
 *
 * @returns what became of the session's lease.
 * @throws ApiError 404 for an unknown or stopped session, someone else's, or another instance.
 */
export async function reportHealth(deps: HealthDeps, report: HealthReport): Promise<RenewedLease> {
  const now = deps.clock.now();
  const figures = usableFigures(report, now);
  const quick = await deps.renewLease({
    sessionId: report.sessionId,
    instanceId: report.instanceId,
    now,
    leaseExpiresAt: addSeconds(now, LEASE_SECONDS),
    ...(report.ownerId === undefined ? {} : { userId: report.ownerId }),
    ...(figures === undefined ? {} : toQuickFigures(figures, now)),
  });
  if (quick) {
    deps.notices.renewed(quick.userId);
    return quick;
  }
  return deps.database
    .transaction(async (trx) => {
      const session = await lockSession(trx, report.sessionId);
      if (!session || !(await mayReport(trx, session, report)))
        throw errors.notFound('live relay session with this instance');
      const settled = settle(session, horizonOf(deps));
      if (report.figures && isLaunching(settled.after, report)) await tellLaunch(trx, report.sessionId);
      const actor = { name: report.figures ? 'relay' : 'user', requestId: report.requestId };
      if (isOtherRelay(settled.after, report)) {
        return commitChange(deps, trx, withOtherReport(settled, figures, now), actor);
      }
      const counting = figures && isNewer(settled.after, figures) ? figures : undefined;
      const change = await withTrueUp(deps, trx, withReport(settled, counting, now), counting, now);
      return commitChange(deps, trx, change, actor);
    })
    .then((session) => {
      deps.notices.changed(session.userId);
      // Thrown only here: a throw inside would take back the transition that was just stored.
      if (session.status === 'stopped') throw errors.notFound('live relay session with this instance');
      return session;
    });
}

function usableFigures({ figures }: HealthReport, now: Date): UsableFigures | undefined {
  if (!figures) return undefined;
  const { observedAt = now } = figures;
  const age = (now.getTime() - observedAt.getTime()) / 1000;
  return age <= LATE_TOLERANCE && age >= -FUTURE_TOLERANCE ? { ...figures, observedAt } : undefined;
}

/** What must hold for the figures to change nothing but timers, and what they make of those. */
function toQuickFigures({ ingestActive, uptimeSeconds, observedAt }: UsableFigures, now: Date) {
  if (ingestActive === undefined) return { observedAt };
  if (!ingestActive) return { observedAt, ingestState: 'never' as const };
  return {
    observedAt,
    ingestState: 'active' as const,
    coveredUntil: addSeconds(now, COVERAGE_SECONDS),
    settlesGaps: uptimeSeconds !== undefined,
  };
}

/** Whether no newer report was there before. */
function isNewer({ lastObservedAt }: RelaySession, { observedAt }: UsableFigures): boolean {
  return lastObservedAt === null || observedAt > lastObservedAt;
}

/** The owner may name any instance the session ever had; a relay only the present one, or the other one of a move. */
async function mayReport(trx: Transaction, session: RelaySession, report: HealthReport): Promise<boolean> {
  if (report.ownerId !== undefined && session.userId !== report.ownerId) return false;
  if (session.instanceId === report.instanceId || isOtherRelay(session, report)) return true;
  return report.ownerId !== undefined && (await hasInstance(trx, session.id, report.instanceId));
}

/** Whether it is the relay of a move that isn't the session's own: the one that comes up, or the old one that drains. */
function isOtherRelay({ migration }: RelaySession, { instanceId, figures }: HealthReport): boolean {
  return figures !== undefined && migration?.instanceId === instanceId;
}

/** Whether the relay is the one that a launch waits for: it may be ready then. */
function isLaunching({ status, migration }: RelaySession, { instanceId }: HealthReport): boolean {
  if (status === 'provisioning') return true;
  return migration?.instanceId === instanceId && isComingUp(migration);
}

/**
 * The old relay keeps the session, and may carry its stream for a while yet; that it carries none any more is what it
 * drains for. The new one has nothing to say before it has taken over.
 */
function withOtherReport(change: SessionChange, figures: UsableFigures | undefined, now: Date): SessionChange {
  const { status, migration } = change.after;
  if (status === 'stopped' || !migration || isComingUp(migration)) return change;
  const kept = withHeartbeat(change, change.after.ingestState, now);
  return figures?.ingestActive && kept.after.status === 'active' ? withIngestReported(kept, now) : kept;
}

function withReport(change: SessionChange, figures: UsableFigures | undefined, now: Date): SessionChange {
  const { status } = change.after;
  if (status === 'stopped' || status === 'provisioning') return change;
  const noted = figures ? withIngest(change, figures) : change;
  const kept = withHeartbeat(noted, change.after.ingestState, now);
  return figures?.ingestActive && kept.after.status === 'active' ? withIngestReported(kept, now) : kept;
}

/** @param before what was known of the ingest before the report. */
function withHeartbeat(noted: SessionChange, before: IngestState, now: Date): SessionChange {
  const lost = noted.after.ingestState === 'lost';
  if (noted.after.status === 'active') {
    const renewed = withFields(noted, { leaseExpiresAt: addSeconds(now, LEASE_SECONDS) });
    return lost ? withMove(renewed, 'grace', 'ingest_lost', now) : renewed;
  }
  if (lost) return noted;
  return withMove(noted, 'active', before === 'lost' ? 'ingest_restored' : 'heartbeat', now);
}

function withIngest(change: SessionChange, { ingestActive, observedAt }: UsableFigures): SessionChange {
  return withFields(change, {
    lastObservedAt: observedAt,
    ingestState: nextIngestState(change.after.ingestState, ingestActive),
  });
}

function nextIngestState(known: IngestState, ingestActive: boolean | undefined): IngestState {
  if (ingestActive === undefined) return known;
  if (ingestActive) return 'active';
  // A relay that was never fed is always-ready, not lost.
  return known === 'never' ? 'never' : 'lost';
}

/** Bills what outages of ours hid, as far as a relay with a stream proves by its uptime that it was there. */
async function withTrueUp(
  deps: HealthDeps,
  trx: Transaction,
  change: SessionChange,
  figures: UsableFigures | undefined,
  now: Date,
): Promise<SessionChange> {
  const { after, intervals } = change;
  if (!after.hasGaps || !figures?.ingestActive || figures.uptimeSeconds === undefined) return change;
  const open = openInterval(after, now);
  const proof = { from: addSeconds(now, -figures.uptimeSeconds), to: now };
  const seconds = await fillGaps(deps, trx, after, proof, open ? [...intervals, open] : intervals);
  return withFields(change, { hasGaps: false, adjustedSeconds: after.adjustedSeconds + seconds });
}
