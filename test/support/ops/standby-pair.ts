import assert from 'node:assert/strict';
import { eventually } from '../eventually.ts';
import { type Cluster, startCluster } from './cluster.ts';

/**
 * A PostgreSQL and a hot standby that streams from it. A commit is answered once the standby has it too, so a failover
 * loses nothing that was answered.
 */
export interface StandbyPair {
  /** Whoever takes writes now. */
  primary(): Cluster;
  /** The primary is gone as when its machine loses power, and the standby takes its place. */
  failOver(): Promise<void>;
  /** Makes a new standby in place of the primary that is gone, and waits until commits wait for it. */
  rejoin(): Promise<void>;
  /** Waits until the standby streams again, as after a restart of the primary. */
  inStep(): Promise<void>;
  remove(): Promise<void>;
}

/** Without a sync to the disk, which only a crash of the machine itself would miss. */
const SETTINGS = { synchronous_commit: 'on', wal_retrieve_retry_interval: '100ms', max_connections: '150' };
const JOIN_LIMIT = { timeoutMs: 60_000, intervalMs: 50 };

/** Starts both; `remove` them at the end. */
export async function openStandbyPair(): Promise<StandbyPair> {
  let primary = await startCluster({ settings: SETTINGS });
  let standby: Cluster | undefined;

  async function inStep(): Promise<void> {
    await eventually(async () => {
      const [row] = await primary.query('select sync_state, state from pg_stat_replication');
      assert.deepEqual(row, { sync_state: 'sync', state: 'streaming' });
    }, JOIN_LIMIT);
  }

  async function join(): Promise<void> {
    standby = await startCluster({ settings: SETTINGS, copyOf: primary });
    // Behind the copy: whoever is promoted has nobody to wait for at first.
    await primary.query(`alter system set synchronous_standby_names = '*'`);
    primary.reload();
    await inStep();
  }

  const remove = async (): Promise<void> => {
    await standby?.remove();
    await primary.remove();
  };
  try {
    await join();
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    primary: () => primary,
    async failOver() {
      const next = standby;
      if (!next) throw new Error('There is no standby: `rejoin` comes first.');
      standby = undefined;
      const former = primary;
      await former.stop('immediate');
      await next.query('select pg_promote(true, 60)');
      primary = next;
      await former.remove();
    },
    rejoin: join,
    inStep,
    remove,
  };
}
