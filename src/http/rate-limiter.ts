import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimitPolicy } from './contract-document.ts';

/** How far a limit is used up. */
export interface LimitStatus {
  limit: number;
  windowSeconds: number;
  remaining: number;
  /** Whole seconds until the window ends. */
  resetSeconds: number;
  exceeded: boolean;
}

/** Counts requests against the contract's limits. Null answers: limits are off. */
export interface RateLimiter {
  /** Counts one request of `key`. `scope` keeps operations apart. */
  consume(scope: string, policy: RateLimitPolicy, key: string): Promise<LimitStatus | null>;
  /** The same without counting. */
  peek(scope: string, policy: RateLimitPolicy, key: string): Promise<LimitStatus | null>;
  /** Takes one count back. */
  refund(scope: string, policy: RateLimitPolicy, key: string): Promise<void>;
}

/** Counts one limit for any number of keys; `consume` rejects with a RateLimiterRes where it is used up. */
export interface Counter {
  readonly points: number;
  consume(key: string): Promise<RateLimiterRes>;
  get(key: string): Promise<RateLimiterRes | null>;
  reward(key: string): Promise<unknown>;
}

/** What a counter counts: up to so many points in so many seconds. The prefix keeps it apart from all others. */
export interface CounterOptions {
  keyPrefix: string;
  points: number;
  duration: number;
}

/** Limits for one process. `factor` scales all of them; 0 turns them off. */
export function createMemoryRateLimiter(factor: number): RateLimiter {
  return createRateLimiter(factor, (options) => new RateLimiterMemory(options));
}

/** Limits that are counted wherever `open` counts them. `factor` as above. */
export function createRateLimiter(factor: number, open: (options: CounterOptions) => Counter): RateLimiter {
  const counters = new Map<string, Counter>();

  const counterFor = (scope: string, policy: RateLimitPolicy): Counter => {
    const keyPrefix = `${scope}:${policy.key}:${policy.window_seconds}`;
    let counter = counters.get(keyPrefix);
    if (!counter) {
      const points = Math.max(1, Math.round(policy.limit * factor));
      counter = open({ keyPrefix, points, duration: policy.window_seconds });
      counters.set(keyPrefix, counter);
    }
    return counter;
  };

  return {
    async consume(scope, policy, key) {
      if (factor === 0) return null;
      const counter = counterFor(scope, policy);
      try {
        return toStatus(counter, policy, await counter.consume(key), false);
      } catch (rejection) {
        if (rejection instanceof RateLimiterRes) return toStatus(counter, policy, rejection, true);
        throw rejection;
      }
    },
    async peek(scope, policy, key) {
      if (factor === 0) return null;
      const counter = counterFor(scope, policy);
      const found = await counter.get(key);
      return toStatus(
        counter,
        policy,
        found ?? new RateLimiterRes(counter.points, policy.window_seconds * 1000),
        false,
      );
    },
    async refund(scope, policy, key) {
      if (factor !== 0) await counterFor(scope, policy).reward(key);
    },
  };
}

function toStatus(counter: Counter, policy: RateLimitPolicy, found: RateLimiterRes, exceeded: boolean): LimitStatus {
  return {
    limit: counter.points,
    windowSeconds: policy.window_seconds,
    remaining: Math.max(0, found.remainingPoints),
    resetSeconds: Math.max(0, Math.ceil(found.msBeforeNext / 1000)),
    exceeded,
  };
}
