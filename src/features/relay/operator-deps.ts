import type { Operator } from '../../operator.ts';
import { createAliveMarks } from './alive-marks.ts';
import type { RelayDeps } from './lifecycle.ts';

/** What an operator's command needs to change sessions. It serves no API, so it goes by what the database says of that. */
export async function relayDepsOf(operator: Operator): Promise<RelayDeps> {
  const { database, clock, logger } = operator;
  // Nobody reads them; loaded only here, since they take long.
  const { createMetrics } = await import('../../observability/metrics.ts');
  const metrics = createMetrics();
  const alive = createAliveMarks({ database, clock, roles: [], logger, metrics });
  await alive.mark();
  return { database, clock, metrics, alive, jobs: await operator.jobs() };
}
