import type { Middleware } from 'koa';
import { addressKey } from '../http/client-address.ts';
import { tellLimit } from '../http/middleware/rate-limit.ts';
import type { RateLimiter } from '../http/rate-limiter.ts';
import type { ApiContext } from '../http/request-state.ts';

/** How often one address may do what: requests in so many seconds. */
const LIMITS = {
  /** Any page. */
  page: [{ limit: 120, window_seconds: 60 }],
  /** Going to the provider and coming back from it: each makes us call it. */
  sign_in: [{ limit: 20, window_seconds: 60 }],
  /** Typing codes: whoever guesses one could sign someone else's OBS in to his own account. */
  code: [
    { limit: 10, window_seconds: 60 },
    { limit: 60, window_seconds: 3_600 },
  ],
} as const;

/**
 * Counts a request of the pages against a limit of its address.
 *
 * @throws ApiError 429
 */
export function limitPages(limiter: RateLimiter, what: keyof typeof LIMITS): Middleware {
  return async (plain, next) => {
    const ctx = plain as ApiContext;
    const key = addressKey(ctx.state.clientAddress);
    for (const policy of LIMITS[what]) {
      tellLimit(ctx, await limiter.consume(`web-${what}`, { ...policy, key: 'ip' }, key));
    }
    return next();
  };
}
