import { provisionRequest } from '../support/local-relays.ts';
import { AWAY, HOME, usePoolLab } from '../support/pool-lab.ts';
import { describeConformance } from './conformance.ts';

describe('a pool of hosts', () => {
  const pool = usePoolLab();

  describeConformance('pool', async () => {
    const { database, provider, startHost } = pool();
    await Promise.all([
      startHost({ region: HOME, maxSessions: 5 }),
      startHost({ region: HOME, maxSessions: 5 }),
      startHost({ region: AWAY, maxSessions: 5 }),
    ]);
    return {
      provider,
      regions: [HOME, AWAY],
      request: provisionRequest,
      unknownId: 'pas_0123456789abcdef0123456789abcdef',
      // An older state of the database knows nothing of it.
      async lose({ instanceId }) {
        await database('pool_assignments').where({ instance_id: instanceId }).delete();
      },
      async fill(regions) {
        await database('pool_hosts').whereIn('region', regions).update({ state: 'cordoned' });
      },
      close: async () => undefined,
    };
  });
});
