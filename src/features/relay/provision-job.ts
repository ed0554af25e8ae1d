import type { Transaction } from '../../database/connect.ts';
import { runLaunch } from './launch.ts';
import type { LaunchDeps, LaunchPurpose, Progress } from './launch-purpose.ts';
import { laterStep, type RelaySession } from './session.ts';
import { type SessionChange, withFields, withMove, withVisibleFields } from './session-change.ts';

/**
 * Brings up a new session's relay. Returns once the session is active or ended; throws when the run is cut short, to be
 * run again.
 */
export function provisionSession(deps: LaunchDeps, sessionId: string, signal: AbortSignal): Promise<void> {
  return runLaunch(deps, FIRST_RELAY, sessionId, signal);
}

const FIRST_RELAY: LaunchPurpose = {
  launchOf: ({ status, provisionAttempt, region }) =>
    status === 'provisioning' ? { attempt: provisionAttempt, tries: provisionAttempt, region } : null,
  anyRegion: true,
  withLimits: (change, now) =>
    change.after.status === 'provisioning' && change.after.stopRequestedAt
      ? withMove(change, 'stopped', 'stop_requested', now)
      : change,
  withProgress,
  withReady: (change, _progress, now) => withMove(change, 'active', 'provisioned', now),
  withNextAttempt(change, now) {
    const next = { provisionAttempt: change.after.provisionAttempt + 1, instanceId: null, publicIp: null };
    return withVisibleFields(withFields(change, next), { provisionStep: 'launching_instance' }, now);
  },
  withFailure: (change, failure, now) => withMove(change, 'stopped', failure.code, now, failure),
  onCommit,
};

function withProgress(
  change: SessionChange,
  { instanceId, region, step, address }: Progress,
  now: Date,
): SessionChange {
  const { after } = change;
  const fields = { instanceId, region, provisionStep: laterStep(after.provisionStep, step), ...(address ?? {}) };
  return isNews(after, fields) ? withVisibleFields(change, fields, now) : change;
}

function isNews(session: RelaySession, fields: Partial<RelaySession>): boolean {
  return Object.entries(fields).some(([name, value]) => session[name as keyof RelaySession] !== value);
}

async function onCommit(deps: LaunchDeps, trx: Transaction, { before, after }: SessionChange): Promise<void> {
  if (before.status !== 'provisioning' || after.status !== 'active') return;
  if (deps.hasNames) await deps.jobs.enqueue(trx, 'relay-dns', { sessionId: after.id });
  const labels = { provider: deps.providers.current.name, region: after.region };
  deps.metrics.provisionDuration.observe(labels, (deps.clock.now().getTime() - after.createdAt.getTime()) / 1000);
}
