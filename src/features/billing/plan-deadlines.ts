import type { Database } from '../../database/connect.ts';
import { lockUsersWithPlanDeadline, storePlanDeadline } from '../account/index.ts';
import { type AccessDeps, enforceAccess } from './access.ts';
import { hastenSync } from './subscription-store.ts';

export interface PlanDeadlineDeps extends AccessDeps {
  database: Database;
}

const BATCH = 50;

/**
 * Acts on what time alone changed: late payments that were waited for long enough, the ends of canceled subscriptions, of
 * trials and of billing periods. Access is decided by the clock in any case; this ends what runs without a right, and has
 * the seller asked how things are.
 *
 * @returns how many accounts were looked at.
 */
export async function enforcePlanDeadlines(deps: PlanDeadlineDeps): Promise<number> {
  let handled = 0;
  for (;;) {
    const found = await deps.database.transaction(async (trx) => {
      const now = deps.clock.now();
      const due = await lockUsersWithPlanDeadline(trx, now, BATCH);
      for (const account of due) {
        await enforceAccess(deps, trx, account);
        await hastenSync(trx, account.id, now);
        await storePlanDeadline(trx, account, now);
      }
      return due.length;
    });
    handled += found;
    if (found < BATCH) return handled;
  }
}
