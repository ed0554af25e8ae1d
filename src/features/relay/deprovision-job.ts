import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/connect.ts';
import type { Metrics } from '../../observability/metrics.ts';
import { findOpenInstances, markTerminated, markTerminating, type RelayInstance } from './instance-store.ts';
import type { Providers } from './providers/index.ts';
import type { InstanceRef, RelayProvider } from './providers/provider.ts';
import { findSession } from './session-store.ts';

export interface DeprovisionDeps {
  database: Database;
  clock: Clock;
  providers: Providers;
  deployment: string;
  metrics: Pick<Metrics, 'takeDownRetries'>;
}

/** A launch whose answer was lost may still show up at the provider for this long, in milliseconds. */
const LATE_LAUNCH_MS = 60_000;

/** Not everything is gone yet; the job is to be run again. */
export class StillRunningError extends Error {
  override name = 'StillRunningError';
}

/**
 * Takes down every instance that a session is done with, and notes when each is gone: all that a stopped session's
 * launches made, and of a live one those that were retired.
 *
 * @throws StillRunningError while one isn't.
 */
export async function deprovisionSession(deps: DeprovisionDeps, sessionId: string): Promise<void> {
  const session = await findSession(deps.database, sessionId);
  const open = await findOpenInstances(deps.database, sessionId);
  const isOver = !session || session.status === 'stopped';
  const due = isOver ? open : open.filter(({ state }) => state === 'terminating');
  if (due.length === 0) return;
  const results = await Promise.allSettled(due.map((instance) => takeDown(deps, instance)));
  if (results.some((result) => result.status === 'rejected' || !result.value)) deps.metrics.takeDownRetries.inc();
  // One that fails must not keep the others from being noted.
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  if (results.some((result) => result.status === 'fulfilled' && !result.value)) {
    throw new StillRunningError(`${sessionId} still has an instance.`);
  }
}

async function takeDown(deps: DeprovisionDeps, instance: RelayInstance): Promise<boolean> {
  const provider = deps.providers.named(instance.provider);
  const ref = await locate(deps, provider, instance);
  if (ref === null) {
    const age = deps.clock.now().getTime() - instance.createdAt.getTime();
    if (age < LATE_LAUNCH_MS) return false;
  } else {
    await markTerminating(deps.database, instance.id, ref, deps.clock.now());
    if (!(await provider.deprovision(ref))) return false;
  }
  await markTerminated(deps.database, instance.id, deps.clock.now());
  return true;
}

async function locate(
  deps: DeprovisionDeps,
  provider: RelayProvider,
  { instanceId, sessionId, region, launchedAt, createdAt, provisionToken }: RelayInstance,
): Promise<InstanceRef | null> {
  const requestedAt = launchedAt ?? createdAt;
  if (instanceId !== null) return { instanceId, sessionId, region, requestedAt };
  // The provider's answer was lost, but the instance carries the launch's token.
  const all = await provider.list(deps.deployment);
  const found = all.find(({ token }) => token === provisionToken);
  return found ? { instanceId: found.instanceId, sessionId, region: found.region, requestedAt } : null;
}
