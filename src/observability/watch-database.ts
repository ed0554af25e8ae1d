import type { Database, StatementWatch } from '../database/connect.ts';
import { isDatabaseUnavailable } from '../database/errors.ts';
import type { NotificationListener } from '../database/listener.ts';
import type { Metrics } from './metrics.ts';

const WORDS = new Set(['select', 'insert', 'update', 'delete', 'with', 'begin', 'commit', 'rollback']);

/** The first word of a statement, in lower case; empty where it begins with none. */
export function firstWordOf(sql: string): string {
  return /^\s*([a-z]+)/i.exec(sql)?.[1]?.toLowerCase() ?? '';
}

/** The first word of a statement; `other` for the rare ones, so that there are few. */
export function kindOf(sql: string): string {
  const word = firstWordOf(sql);
  return WORDS.has(word) ? word : 'other';
}

/** Measures the statements of a pool. */
export function measureStatements(metrics: Metrics): StatementWatch {
  return (sql) => {
    const started = performance.now();
    return (error) => {
      metrics.statementDuration.observe({ statement: kindOf(sql) }, (performance.now() - started) / 1000);
      if (error) metrics.databaseErrors.inc({ reason: isDatabaseUnavailable(error) ? 'unavailable' : 'refused' });
    };
  };
}

/** Both hear of each statement. */
export function watchBoth(one: StatementWatch, other: StatementWatch): StatementWatch {
  return (sql) => {
    const ends = [one(sql), other(sql)];
    return (error) => {
      for (const end of ends) end(error);
    };
  };
}

/** What knex's client tells of its pool (tarn). */
interface Pool {
  max: number;
  numUsed(): number;
  numFree(): number;
  numPendingAcquires(): number;
}

/** Tells of the connections, whenever the metrics are read. @param pools by name. */
export function watchConnections(
  metrics: Metrics,
  pools: Readonly<Record<string, Database>>,
  listener: NotificationListener,
): void {
  metrics.atScrape.push(() => {
    for (const [name, database] of Object.entries(pools)) {
      const pool = database.client.pool as Pool;
      metrics.poolConnections.set({ pool: name, state: 'used' }, pool.numUsed());
      metrics.poolConnections.set({ pool: name, state: 'idle' }, pool.numFree());
      metrics.poolWaiting.set({ pool: name }, pool.numPendingAcquires());
      metrics.poolLimit.set({ pool: name }, pool.max);
    }
    metrics.listenerConnected.set(listener.connected ? 1 : 0);
  });
}
