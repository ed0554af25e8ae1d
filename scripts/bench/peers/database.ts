import { existsSync } from 'node:fs';
import { openEmbeddedDatabase } from '../../../src/database/embedded/index.ts';
import { POSTGRES_BIN, startCluster } from '../../../test/support/ops/cluster.ts';

/** A PostgreSQL for the bench, which writes through to the disk as it does in production. */
export interface BenchCluster {
  url: string;
  /** Ends it and removes what it has stored, the data folder excepted. */
  close(): Promise<void>;
}

/** Takes back what makes test clusters quick. */
const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', shared_buffers: '256MB' };

/** Debian's PostgreSQL 15 where there is one; else the embedded one, in that folder. */
export async function openBenchCluster(dataDir: string): Promise<BenchCluster> {
  if (existsSync(`${POSTGRES_BIN}/postgres`)) {
    const cluster = await startCluster({ settings: DURABLE });
    return { url: cluster.urlOf(), close: () => cluster.remove() };
  }
  const embedded = await openEmbeddedDatabase({ dataDir, settings: { shared_buffers: '256MB' } });
  return { url: embedded.url, close: () => embedded.release() };
}
