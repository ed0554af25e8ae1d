import type { Middleware } from 'koa';
import { addressKey } from '../client-address.ts';
import type { RateLimitPolicy } from '../contract-document.ts';
import { errors } from '../errors.ts';
import type { LimitStatus, RateLimiter } from '../rate-limiter.ts';
import type { ApiContext } from '../request-state.ts';

/** Counts the request against the limits that need no more than its address: the global one and the operation's. */
export function addressRateLimit(limiter: RateLimiter, globalPolicies: RateLimitPolicy[]): Middleware {
  return async (plain, next) => {
    const ctx = plain as ApiContext;
    const key = addressKey(ctx.state.clientAddress);
    const { operation } = ctx.state;
    const inFront = operation?.['x-beyond-global-limit'] ? [] : globalPolicies;
    for (const policy of inFront) tellLimit(ctx, await limiter.consume('global', policy, key));
    for (const policy of operation?.['x-rate-limit'] ?? []) {
      if (policy.key === 'ip' && operation) tellLimit(ctx, await limiter.consume(operation.operationId, policy, key));
    }
    return next();
  };
}

/**
 * Remembers the limit that is nearest to its end and tells it in the answer's headers.
 *
 * @throws ApiError 429 when the limit is used up.
 */
export function tellLimit(ctx: ApiContext, status: LimitStatus | null): void {
  if (!status) return;
  const nearest = ctx.state.limit;
  if (!nearest || status.exceeded || status.remaining < nearest.remaining) {
    ctx.state.limit = status;
    ctx.res.setHeader('X-RateLimit-Limit', String(status.limit));
    ctx.res.setHeader('X-RateLimit-Remaining', String(status.remaining));
    ctx.res.setHeader('X-RateLimit-Reset', String(status.resetSeconds));
  }
  if (status.exceeded) throw errors.rateLimited(status.limit, status.windowSeconds, status.resetSeconds);
}
