import type { RelayProvider } from '../provider.ts';
import { assign } from './assign.ts';
import { toDescription } from './assignment.ts';
import { findAssignment, listUnreleased } from './assignment-store.ts';
import { bringUp } from './bring-up.ts';
import { readCapacity } from './capacity.ts';
import { checkHosts, observePool } from './health.ts';
import type { PoolParts } from './parts.ts';
import { release } from './release.ts';
import { tidyPool } from './tidy.ts';

const POLL_INTERVAL_MS = 100;
const USUAL_START_SECONDS = 2;
/** How often the worker looks whether a host is due for its check, in milliseconds. */
const CHECKS_EVERY_MS = 2_000;

/** Relays that are places at hosts which run all the time. What is where is in our own database. */
export function createPoolProvider(parts: PoolParts): RelayProvider {
  const { database, regions } = parts;
  return {
    name: 'pool',
    pollIntervalMs: POLL_INTERVAL_MS,
    usualStartSeconds: USUAL_START_SECONDS,
    // Asked for twice, a token finds its place in the database: there is nothing to note.
    provision: (request) => assign(parts, request),
    bringUp: (ref) => bringUp(parts, ref),
    async describe({ instanceId }) {
      const assignment = await findAssignment(database, instanceId);
      return assignment && toDescription(assignment);
    },
    deprovision: (ref) => release(parts, ref),
    async list(deployment) {
      const all = (await listUnreleased(database, deployment)).map(toDescription);
      return all.filter(({ state }) => state !== 'terminated');
    },
    capacity: () => readCapacity(database, regions),
    images: () => regions.map((region) => ({ region, amiId: 'pool', instanceType: 'host' })),
    tidy: (request) => tidyPool(parts, request),
    chores: [
      {
        name: 'checks',
        everyMs: CHECKS_EVERY_MS,
        async run(metrics) {
          await checkHosts(parts);
          await observePool(parts, metrics);
        },
      },
    ],
    close: async () => undefined,
  };
}
