import { type Clock, floorToSecond } from '../../clock.ts';
import { type Database, isUniqueViolation } from '../../database/connect.ts';
import type { Random } from '../../random.ts';
import type { Account } from './account.ts';
import type { PlanStatus, PlanTier } from './plans.ts';
import { insertUser } from './user-store.ts';

/** The e-mail belongs to another account. */
export class EmailTakenError extends Error {
  override name = 'EmailTakenError';
}

export interface NewUser {
  email: string;
  displayName?: string;
  planTier?: PlanTier;
  planStatus?: PlanStatus;
}

/**
 * Makes an account; its usage cycles begin now.
 *
 * @throws EmailTakenError
 */
export async function createUser(
  deps: { database: Database; clock: Clock; random: Random },
  user: NewUser,
): Promise<Account> {
  const now = deps.clock.now();
  const account: Account = {
    id: deps.random.id('usr'),
    email: user.email,
    displayName: user.displayName ?? '',
    planTier: user.planTier ?? 'free',
    planStatus: user.planStatus ?? 'active',
    planStatusAt: now,
    subscriptions: [],
    cycleAnchorAt: floorToSecond(now),
    createdAt: now,
  };
  try {
    await insertUser(deps.database, account);
  } catch (error) {
    if (isUniqueViolation(error, 'users_email_key')) throw new EmailTakenError(`${user.email} has an account already.`);
    throw error;
  }
  return account;
}
