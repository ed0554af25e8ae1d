import type { Clock } from '../clock.ts';
import type { Database } from '../database/connect.ts';
import { type Account, findUser, type Plans, presentPlan } from './account/index.ts';
import { type Cycle, monthlyCycle } from './usage/index.ts';

/** Tells the cycle that a moment falls into. */
export type CycleAt = (moment: Date) => Cycle;

/** The cycles of an account, by the plan that it is on at `now`. */
export function cyclesOf(account: Account, plans: Plans, now: Date): CycleAt {
  const { at, day } = presentPlan(account, plans, now).cycleAnchor;
  return (moment) => monthlyCycle(at, moment, day);
}

/** The same for an account that has to be looked up, which must be there. */
export async function readCycles(deps: { clock: Clock; plans: Plans }, db: Database, userId: string): Promise<CycleAt> {
  const account = await findUser(db, userId);
  if (!account) throw new Error(`There is no user ${userId}.`);
  return cyclesOf(account, deps.plans, deps.clock.now());
}
