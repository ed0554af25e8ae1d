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

/** Limits for one process. `factor` scales all of them; 0 turns them off. */
export function createMemoryRateLimiter(factor: number): RateLimiter {
  const limiters = new Map<string, RateLimiterMemory>();

  const limiterFor = (scope: string, policy: RateLimitPolicy): RateLimiterMemory => {
    const name = `${scope}:${policy.key}:${policy.window_seconds}`;
    let limiter = limiters.get(name);
    if (!limiter) {
      const points = Math.max(1, Math.round(policy.limit * factor));
      limiter = new RateLimiterMemory({ keyPrefix: name, points, duration: policy.window_seconds });
      limiters.set(name, limiter);
    }
    return limiter;
  };

  return {
    async consume(scope, policy, key) {
      if (factor === 0) return null;
      const limiter = limiterFor(scope, policy);
      try {
        return toStatus(limiter, policy, await limiter.consume(key), false);
      } catch (rejection) {
        if (rejection instanceof RateLimiterRes) return toStatus(limiter, policy, rejection, true);
        throw rejection;
      }
    },
    async peek(scope, policy, key) {
      if (factor === 0) return null;
      const limiter = limiterFor(scope, policy);
      const found = await limiter.get(key);
      return toStatus(
        limiter,
        policy,
        found ?? new RateLimiterRes(limiter.points, policy.window_seconds * 1000),
        false,
      );
    },
    async refund(scope, policy, key) {
      if (factor !== 0) await limiterFor(scope, policy).reward(key);
    },
  };
}

function toStatus(
  limiter: RateLimiterMemory,
  policy: RateLimitPolicy,
  found: RateLimiterRes,
  exceeded: boolean,
): LimitStatus {
  return {
    limit: limiter.points,
    windowSeconds: policy.window_seconds,
    remaining: Math.max(0, found.remainingPoints),
    resetSeconds: Math.max(0, Math.ceil(found.msBeforeNext / 1000)),
    exceeded,
  };
}
