import type { UsageSummary as ApiUsage } from '../../../generated/sdk/types.gen.ts';
import type { Handlers } from '../../http/operation-types.ts';
import type { Account, PresentPlan } from '../account/index.ts';
import type { Cycle } from './cycle.ts';
import type { UsageSummary } from './summary.ts';

/** The current cycle of an account and its usage, up to now. */
export type ReadUsage = (account: Account) => Promise<{ present: PresentPlan; cycle: Cycle; usage: UsageSummary }>;

/** The operations of the tag `usage`. */
export function createUsageHandlers(readUsage: ReadUsage): Pick<Handlers, 'getCurrentUsage'> {
  return {
    async getCurrentUsage({ principals }) {
      const { present, cycle, usage } = await readUsage(principals.bearerAuth.account);
      return {
        status: 200,
        body: {
          plan_tier: present.plan.tier,
          plan_status: present.status,
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
