import type { Database } from '../../src/database/connect.ts';
import type { PoolHost } from '../../src/features/relay/providers/pool/host.ts';
import { insertHost } from '../../src/features/relay/providers/pool/host-store.ts';
import { systemRandom } from '../../src/random.ts';

let added = 0;

/** Adds a host that nothing listens for: open and healthy, with 15 places, unless said otherwise. */
export async function addPoolHost(database: Database, values: Partial<PoolHost> = {}): Promise<PoolHost> {
  added += 1;
  const now = new Date();
  const publicIp = `192.0.2.${added % 250}`;
  const host: PoolHost = {
    id: systemRandom.id('pho'),
    region: 'us-east-1',
    host: `host-${process.pid}-${added}`,
    address: { publicIp, srtPort: 5000, playerPort: 4000, statsPort: 5080, slsPort: 8090 + Math.floor(added / 250) },
    maxSessions: 15,
    sessions: 0,
    state: 'open',
    health: 'healthy',
    checkedAt: now,
    createdAt: now,
    ...values,
  };
  await insertHost(database, host);
  return host;
}
