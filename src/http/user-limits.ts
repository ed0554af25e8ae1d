import type { ContractOperation } from './contract-document.ts';
import { tellLimit } from './middleware/rate-limit.ts';
import type { RateLimiter } from './rate-limiter.ts';
import type { ApiContext } from './request-state.ts';

/** The limits of an operation that are counted per user. */
export interface UserLimits {
  /** Tells in the answer's headers how far they are used up, without counting. */
  peek(ctx: ApiContext, operation: ContractOperation): Promise<void>;
}

/** The limits of whoever calls, if that is known. */
export function createUserLimits(limiter: RateLimiter): UserLimits {
  return {
    async peek(ctx, operation) {
      const { userId } = ctx.state;
      if (userId === undefined) return;
      const policies = operation['x-rate-limit'].filter((policy) => policy.key === 'user');
      for (const policy of policies) tellLimit(ctx, await limiter.peek(operation.operationId, policy, userId));
    },
  };
}
