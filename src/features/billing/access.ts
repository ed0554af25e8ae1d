import type { Clock } from '../../clock.ts';
import type { Transaction } from '../../database/connect.ts';
import { type Account, type Catalog, presentPlan } from '../account/index.ts';

export interface AccessDeps {
  clock: Clock;
  catalog: Catalog;
  /** Ends the user's live relays by the ordinary transitions; returns how many there were. */
  stopRelays(trx: Transaction, userId: string): Promise<number>;
}

/**
 * Stops the relays of a locked account that has no plan in force, or one without relays. Relays beyond a smaller plan go on
 * until their owner ends them: only further starts are denied.
 */
export async function enforceAccess(deps: AccessDeps, trx: Transaction, account: Account): Promise<number> {
  const { plan, inForce } = presentPlan(account, deps.catalog.plans, deps.clock.now());
  return inForce && plan.relays > 0 ? 0 : deps.stopRelays(trx, account.id);
}
