import { connectDatabase, type Database, type StatementWatch } from './connect.ts';

/** The ways to the database; the same one where there is no pooler. */
export interface DatabaseUrls {
  /** For requests and jobs. May lead to a pooler in transaction mode. */
  databaseUrl: string;
  /** For what needs a session of its own: migrations, LISTEN, pg-boss. */
  directUrl: string;
}

export interface PoolsOptions {
  /** Shown in pg_stat_activity. */
  applicationName: string;
  /** Most connections at once to `databaseUrl`. */
  poolSize: number;
  queryTimeoutMs?: number | undefined;
  watch?: StatementWatch | undefined;
  /** False: nothing is prepared, even without a pooler. */
  prepares?: boolean | undefined;
}

/** The pools of a process. Without a pooler `direct` is `database`. */
export interface Pools {
  database: Database;
  direct: Database;
  close(): Promise<void>;
}

/** pg-boss polls, reports and installs; it never needs many connections. */
const DIRECT_POOL_SIZE = 5;

/** Opens the pools on the given URLs. */
export function openPools({ databaseUrl, directUrl }: DatabaseUrls, options: PoolsOptions): Pools {
  const throughPooler = directUrl !== databaseUrl;
  const database = connectDatabase({ ...options, url: databaseUrl, throughPooler });
  if (!throughPooler) return { database, direct: database, close: () => database.destroy() };

  const direct = connectDatabase({ ...options, url: directUrl, poolSize: DIRECT_POOL_SIZE });
  return {
    database,
    direct,
    async close() {
      await Promise.all([database.destroy(), direct.destroy()]);
    },
  };
}
