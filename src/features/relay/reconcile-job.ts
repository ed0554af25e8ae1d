import type { Logger } from '../../observability/logger.ts';
import { findOpenInstances } from './instance-store.ts';
import { commitChange, horizonOf, type RelayDeps, SYSTEM } from './lifecycle.ts';
import type { Providers } from './providers/index.ts';
import type { InstanceDescription } from './providers/provider.ts';
import type { RelaySession } from './session.ts';
import { settle, withMove } from './session-change.ts';
import { findSessionsByIds, findSessionsWithInstance, lockSession } from './session-store.ts';

export interface ReconcileDeps extends RelayDeps {
  providers: Providers;
  deployment: string;
  logger: Logger;
}

/** What a run found and did. */
export interface ReconcileReport {
  /** Instances of stopped sessions, whose take-down was asked for again. */
  leftovers: string[];
  /** Instances that no session is to have, taken down: of no session we know, or beside a live one's own. */
  orphans: string[];
  /** Live sessions whose instance is gone, ended. */
  lost: string[];
}

/** An instance that no session has is left alone for this long, in milliseconds: it may be about to become one's. */
const ORPHAN_GRACE_MS = 60_000;

/**
 * Compares the provider's instances with the sessions. Only our own deployment's instances are looked at, and one run
 * acts on at most max(5, a tenth) of them.
 *
 * @param firstSeen when each orphan was first met, by instance id; kept between runs.
 */
export async function reconcile(deps: ReconcileDeps, firstSeen: Map<string, number>): Promise<ReconcileReport> {
  // The sessions are read after the instances: a launch stores its session before it calls the provider.
  const live = await findSessionsWithInstance(deps.database);
  const instances = await deps.providers.current.list(deps.deployment);
  const sessions = await findSessionsByIds(
    deps.database,
    instances.map((instance) => instance.sessionId),
  );
  const byId = new Map(sessions.map((session) => [session.id, session]));
  const limit = Math.max(5, Math.floor(instances.length / 10));

  // What nobody else would do comes first: a leftover has its job already.
  const present = new Set(instances.map((instance) => instance.instanceId));
  const missing = live.filter((session) => !present.has(session.instanceId as string)).slice(0, limit);
  const lost: string[] = [];
  for (const session of missing) if (await endIfGone(deps, session)) lost.push(session.id);

  const unclaimed = instances.filter((instance) => isUnclaimed(instance, byId.get(instance.sessionId)));
  const due = dueOrphans(unclaimed, firstSeen, deps.clock.now().getTime()).slice(0, limit - lost.length);
  const orphans: InstanceDescription[] = [];
  for (const instance of due) if (await takeDownOrphan(deps, instance)) orphans.push(instance);

  const leftovers: InstanceDescription[] = [];
  for (const instance of instances) {
    if (leftovers.length >= limit - lost.length - due.length) break;
    if (byId.get(instance.sessionId)?.status !== 'stopped') continue;
    if (await takeDownLeftover(deps, instance)) leftovers.push(instance);
  }

  const report = { leftovers: ids(leftovers), orphans: ids(orphans), lost };
  if (Object.values(report).some((list) => list.length > 0)) deps.logger.warn(report, 'reconciled');
  return report;
}

function ids(instances: InstanceDescription[]): string[] {
  return instances.map((instance) => instance.instanceId);
}

/**
 * Whether no session is to have this instance. A launch that is under way decides by itself which of its instances it
 * keeps, and the take-down of a stopped session knows its own.
 */
function isUnclaimed(instance: InstanceDescription, session: RelaySession | undefined): boolean {
  if (!session) return true;
  if (session.status === 'provisioning' || session.status === 'stopped') return false;
  return !ownInstances(session).includes(instance.instanceId);
}

/** The instances that a live session is to have. A migration has two: the one that comes up or drains as well. */
function ownInstances(session: RelaySession): (string | null)[] {
  return [session.instanceId, session.migration?.instanceId ?? null];
}

function dueOrphans(
  unclaimed: InstanceDescription[],
  firstSeen: Map<string, number>,
  now: number,
): InstanceDescription[] {
  const present = new Set(ids(unclaimed));
  for (const id of firstSeen.keys()) if (!present.has(id)) firstSeen.delete(id);
  for (const id of present) if (!firstSeen.has(id)) firstSeen.set(id, now);
  return unclaimed.filter((instance) => now - (firstSeen.get(instance.instanceId) ?? now) >= ORPHAN_GRACE_MS);
}

/** One that cannot be taken down now must not keep the run from the rest. */
async function takeDownOrphan(deps: ReconcileDeps, instance: InstanceDescription): Promise<boolean> {
  const { instanceId } = instance;
  try {
    await deps.providers.current.deprovision(instance);
    return true;
  } catch (err) {
    deps.logger.warn({ instance_id: instanceId, err }, 'orphan_not_taken_down');
    return false;
  }
}

/** Asks for the take-down of what a stopped session left. False: that is on its way already. */
async function takeDownLeftover(deps: ReconcileDeps, instance: InstanceDescription): Promise<boolean> {
  const { sessionId } = instance;
  // The job takes down what is noted; one that showed up when it had been given up is nobody's.
  if (!(await isNoted(deps, instance))) {
    await takeDownOrphan(deps, instance);
    return true;
  }
  // Jobs would pile up for as long as the provider cannot take it down.
  if (await deps.jobs.isPending('relay-deprovision', { sessionId })) return false;
  await deps.database.transaction((trx) => deps.jobs.enqueue(trx, 'relay-deprovision', { sessionId }));
  return true;
}

async function isNoted(deps: ReconcileDeps, { instanceId, sessionId }: InstanceDescription): Promise<boolean> {
  const open = await findOpenInstances(deps.database, sessionId);
  return open.some((noted) => noted.instanceId === null || noted.instanceId === instanceId);
}

/** The provider is asked once more about this very instance before a session ends for want of it. */
async function endIfGone(deps: ReconcileDeps, missing: RelaySession): Promise<boolean> {
  if (!(await isGone(deps, missing))) return false;
  return deps.database.transaction(async (trx) => {
    const session = await lockSession(trx, missing.id);
    if (!session || session.instanceId !== missing.instanceId) return false;
    const horizon = horizonOf(deps);
    const change = settle(session, horizon);
    if (change.after.status !== 'active' && change.after.status !== 'grace') return false;
    const failure = { code: 'instance_lost', message: 'The relay is gone.' } as const;
    await commitChange(deps, trx, withMove(change, 'stopped', 'instance_lost', horizon.now, failure), SYSTEM);
    return true;
  });
}

/** What the provider cannot tell now counts as there, and must not keep the run from the rest. */
async function isGone(deps: ReconcileDeps, { id, instanceId, region, activatedAt }: RelaySession): Promise<boolean> {
  try {
    const ref = { instanceId: instanceId as string, sessionId: id, region, requestedAt: activatedAt ?? undefined };
    const instance = await deps.providers.current.describe(ref);
    return !instance || instance.state === 'terminated';
  } catch (err) {
    deps.logger.warn({ session_id: id, instance_id: instanceId, err }, 'instance_not_described');
    return false;
  }
}
