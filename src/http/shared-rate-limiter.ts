import { createHmac } from 'node:crypto';
import { RateLimiterMemory, RateLimiterPostgres } from 'rate-limiter-flexible';
import type { Database } from '../database/connect.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import { createLimitsDatabase } from './limits-database.ts';
import {
  type Counter,
  type CounterOptions,
  createMemoryRateLimiter,
  createRateLimiter,
  type RateLimiter,
} from './rate-limiter.ts';

export interface SharedLimitsOptions {
  /** Scales all limits; 0 turns them off. */
  factor: number;
  database: Database;
  /** Hides users and addresses from whoever reads the table; the same at all servers. */
  secret: string;
  logger: Logger;
  metrics: Pick<Metrics, 'rateLimitsApart'>;
  /** Longest wait for a count, in milliseconds. */
  waitMs?: number;
  /** How long the database is left alone behind a count that failed, in milliseconds. */
  restMs?: number;
}

/** Limits that this process counts for itself, or that all on its database count together. */
export function openRateLimiter(store: 'memory' | 'postgres', options: SharedLimitsOptions): RateLimiter {
  return store === 'memory' ? createMemoryRateLimiter(options.factor) : createSharedRateLimiter(options);
}

/**
 * Limits that all servers on a database count together. While it is slow or away, each server counts for itself and never
 * fails a request.
 */
export function createSharedRateLimiter(options: SharedLimitsOptions): RateLimiter {
  const { factor, database, secret, logger, metrics, waitMs = 1_000, restMs = 5_000 } = options;
  const storeClient = createLimitsDatabase({
    database,
    waitMs,
    restMs,
    onApart: (err) => logger.warn({ err }, 'rate_limits_apart'),
    onShared: () => logger.info('rate_limits_shared'),
    onMissed: () => metrics.rateLimitsApart.inc(),
  });
  const hide = (key: string): string => createHmac('sha256', secret).update(`rate limit ${key}`).digest('base64url');

  const open = (counted: CounterOptions): Counter => {
    const limiter = new RateLimiterPostgres({
      ...counted,
      storeClient,
      storeType: 'client',
      tableName: 'rate_limits',
      // A migration makes it, and the cleanup job keeps it small.
      tableCreated: true,
      clearExpiredByTimeout: false,
      // Floods end in memory: only the first request beyond the limit still reaches the database.
      inMemoryBlockOnConsumed: counted.points + 1,
      insuranceLimiter: new RateLimiterMemory(counted),
    });
    return {
      points: counted.points,
      consume: (key) => limiter.consume(hide(key)),
      get: (key) => limiter.get(hide(key)),
      async reward(key) {
        await limiter.reward(hide(key));
        // There may be room again: what is blocked here asks the database once more.
        limiter.deleteInMemoryBlockedAll();
      },
    };
  };
  return createRateLimiter(factor, open);
}
