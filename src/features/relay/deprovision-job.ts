import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/connect.ts';
import { findOpenInstances, markTerminated, markTerminating, type RelayInstance } from './instance-store.ts';
import type { RelayProvider } from './providers/provider.ts';
import { findSession } from './session-store.ts';

export interface DeprovisionDeps {
  database: Database;
  clock: Clock;
  provider: RelayProvider;
  deployment: string;
}

/** A launch whose answer was lost may still show up at the provider for this long, in milliseconds. */
const LATE_LAUNCH_MS = 60_000;

/** Not everything is gone yet; the job is to be run again. */
export class StillRunningError extends Error {
  override name = 'StillRunningError';
}

/**
 * Takes down every instance that a stopped session's launches made, and notes when each is gone.
 *
 * @throws StillRunningError while one isn't.
 */
export async function deprovisionSession(deps: DeprovisionDeps, sessionId: string): Promise<void> {
  const session = await findSession(deps.database, sessionId);
  if (session && session.status !== 'stopped') return;
  const open = await findOpenInstances(deps.database, sessionId);
  if (open.length === 0) return;
  const gone = await Promise.all(open.map((instance) => takeDown(deps, instance)));
  if (gone.includes(false)) throw new StillRunningError(`${sessionId} still has an instance.`);
}

async function takeDown(deps: DeprovisionDeps, instance: RelayInstance): Promise<boolean> {
  const instanceId = instance.instanceId ?? (await findByTag(deps, instance));
  if (instanceId === null) {
    const age = deps.clock.now().getTime() - instance.createdAt.getTime();
    if (age < LATE_LAUNCH_MS) return false;
    await markTerminated(deps.database, instance.id, deps.clock.now());
    return true;
  }
  await markTerminating(deps.database, instance.id, instanceId, deps.clock.now());
  await deps.provider.deprovision(instanceId, instance.region);
  const left = await deps.provider.describe(instanceId, instance.region);
  if (left && left.state !== 'terminated') return false;
  await markTerminated(deps.database, instance.id, deps.clock.now());
  return true;
}

/** The provider's answer was lost, but the instance carries the session's id. */
async function findByTag(deps: DeprovisionDeps, instance: RelayInstance): Promise<string | null> {
  const all = await deps.provider.list(deps.deployment);
  return all.find((candidate) => candidate.sessionId === instance.sessionId)?.instanceId ?? null;
}
