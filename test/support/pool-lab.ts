import { pino } from 'pino';
import { connectDatabase, type Database } from '../../src/database/connect.ts';
import type { PoolHost } from '../../src/features/relay/providers/pool/host.ts';
import type { PoolParts } from '../../src/features/relay/providers/pool/parts.ts';
import { createPoolProvider } from '../../src/features/relay/providers/pool/pool-provider.ts';
import { createSlsClient } from '../../src/features/relay/providers/pool/sls-client.ts';
import type { RelayProvider, TidyRequest } from '../../src/features/relay/providers/provider.ts';
import { systemRandom } from '../../src/random.ts';
import { addPoolHost } from './pool-hosts.ts';
import { type SlsHost, type SlsHostOptions, startSlsHost } from './sls-host/index.ts';
import { createStillClock, type StillClock } from './still-clock.ts';
import { createTestDatabase } from './test-run.ts';

export const POOL_KEY = 'pool-api-key-of-the-tests-0123456789';
export const HOME = 'us-east-1';
export const AWAY = 'eu-west-1';
export const DEPLOYMENT = 'test';

/** A pool on a database of its own, with a clock that stands still. */
export interface PoolLab {
  /** Of its database. */
  url: string;
  database: Database;
  clock: StillClock;
  parts: PoolParts;
  provider: RelayProvider;
  /** Lines of the log. */
  logLines: string[];
  /** Adds a host that nothing listens for, healthy unless said otherwise. */
  addHost(values?: Partial<PoolHost>): Promise<PoolHost>;
  /** Adds a host with a stand-in that answers for it. */
  startHost(values?: Partial<PoolHost>, options?: Partial<SlsHostOptions>): Promise<{ host: PoolHost; sls: SlsHost }>;
  /** Another process on the same database, by connections of its own. */
  another(): PoolParts;
  /** A host as its row has it now. */
  row(
    host: PoolHost,
  ): Promise<{ sessions: number; state: string; health: string; failures: number; checked_at: Date | null }>;
  tidyRequest(values?: Partial<TidyRequest>): TidyRequest;
  /** Empties the tables and ends the stand-ins. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export async function createPoolLab({ poolSize = 40 }: { poolSize?: number } = {}): Promise<PoolLab> {
  const { url, drop } = await createTestDatabase();
  const clock = createStillClock('2026-06-01T12:00:00.000Z');
  const logLines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void logLines.push(line) });
  const databases: Database[] = [];
  const hosts: SlsHost[] = [];

  function makeParts(): PoolParts {
    const database = connectDatabase({ url, applicationName: 'telemy-pool-lab', poolSize });
    databases.push(database);
    return {
      database,
      clock,
      logger,
      random: systemRandom,
      chance: Math.random,
      regions: [HOME, AWAY],
      sls: createSlsClient({ apiKey: POOL_KEY, timeoutMs: 300 }),
    };
  }

  const parts = makeParts();
  const { database } = parts;

  const lab: PoolLab = {
    url,
    database,
    clock,
    parts,
    provider: createPoolProvider(parts),
    logLines,
    addHost: (values = {}) => addPoolHost(database, { checkedAt: clock.now(), createdAt: clock.now(), ...values }),
    async startHost(values = {}, options = {}) {
      const sls = await startSlsHost({ apiKey: POOL_KEY, ...options });
      hosts.push(sls);
      const { ip: publicIp, apiPort: slsPort, statsPort } = sls;
      const address = { publicIp, slsPort, statsPort, srtPort: 5000, playerPort: 4000 };
      return { sls, host: await lab.addHost({ address, ...values }) };
    },
    another: makeParts,
    row: ({ id }) => database('pool_hosts').where({ id }).first(),
    tidyRequest: (values = {}) => ({
      deployment: DEPLOYMENT,
      liveAmong: async (ids) => new Set(ids),
      usersAmong: async (ids) => new Set(ids),
      act: true,
      limit: 100,
      ...values,
    }),
    async reset() {
      await Promise.all(hosts.splice(0).map((host) => host.close()));
      await database('pool_assignments').delete();
      await database('pool_hosts').delete();
      logLines.length = 0;
    },
    async close() {
      await lab.reset();
      await Promise.all(databases.map((one) => one.destroy()));
      await drop();
    },
  };
  return lab;
}

/** A lab for the tests of the surrounding `describe`; each test finds it empty. */
export function usePoolLab(options: { poolSize?: number } = {}): () => PoolLab {
  let lab: PoolLab | undefined;
  before(async () => {
    lab = await createPoolLab(options);
  });
  beforeEach(() => lab?.reset());
  after(() => lab?.close());
  return () => {
    if (!lab) throw new Error('The lab is there only while tests run.');
    return lab;
  };
}
