import { type Clock, floorToSecond } from '../../clock.ts';
import type { Database, Transaction } from '../../database/connect.ts';
import { isUniqueViolation } from '../../database/errors.ts';
import type { Random } from '../../random.ts';
import type { Account } from './account.ts';
import type { PlanStatus, PlanTier } from './plans.ts';
import { findUsersByIdOrEmail, insertUser } from './user-store.ts';

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

/** What makes accounts. */
interface Deps {
  clock: Clock;
  random: Random;
}

/**
 * Makes an account for someone who may claim it by e-mail at the first sign-in; its usage cycles begin now.
 *
 * @throws EmailTakenError
 */
export async function createUser(deps: Deps & { database: Database }, user: NewUser): Promise<Account> {
  const account = makeAccount(deps, user);
  const taken = new EmailTakenError(`${user.email} has an account already.`);
  if ((await findUsersByIdOrEmail(deps.database, user.email)).length > 0) throw taken;
  try {
    await insertUser(deps.database, account, { claimable: true });
  } catch (error) {
    throw isUniqueViolation(error, 'users_email_key') ? taken : error;
  }
  return account;
}

/** Makes the account of someone who signs in for the first time. Others may have the same e-mail: it opens no door. */
export async function createSignedUpUser(trx: Transaction, deps: Deps, user: NewUser): Promise<Account> {
  const account = makeAccount(deps, user);
  await insertUser(trx, account, { claimable: false });
  return account;
}

function makeAccount({ clock, random }: Deps, user: NewUser): Account {
  const now = clock.now();
  return {
    id: random.id('usr'),
    email: user.email,
    displayName: user.displayName ?? '',
    planTier: user.planTier ?? 'free',
    planStatus: user.planStatus ?? 'active',
    planStatusAt: now,
    subscriptions: [],
    cycleAnchorAt: floorToSecond(now),
    createdAt: now,
  };
}
