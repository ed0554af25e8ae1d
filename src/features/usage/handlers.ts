import type { UsageSummary as ApiUsage } from '../../../generated/sdk/types.gen.ts';
import type { Handlers } from '../../http/operation-types.ts';
import type { Account } from '../account/index.ts';
import type { Cycle } from './cycle.ts';
import type { UsageSummary } from './summary.ts';

/** The current cycle of an account and its usage, up to now. */
export type ReadUsage = (account: Account) => Promise<{ cycle: Cycle; usage: UsageSummary }>;

/** The operations of the tag `usage`. */
export function createUsageHandlers(readUsage: ReadUsage): Pick<Handlers, 'getCurrentUsage'> {
  return {
    async getCurrentUsage({ principals }) {
      const { account } = principals.bearerAuth;
      const { cycle, usage } = await readUsage(account);
      return {
        status: 200,
        body: {
          plan_tier: account.planTier,
          plan_status: account.planStatus,
          cycle_start: cycle.start.toISOString(),
          cycle_end: cycle.end.toISOString(),
          ...toApiUsage(usage),
        },
      };
    },
  };
}

export function toApiUsage(usage: UsageSummary): ApiUsage {
  return {
    included_seconds: usage.includedSeconds,
    consumed_seconds: usage.consumedSeconds,
    remaining_seconds: usage.remainingSeconds,
    overage_seconds: usage.overageSeconds,
  };
}
