import type { Database, Transaction } from '../../database/connect.ts';
import { type Account, toAccount, USER_COLUMNS, type UserRow } from './account.ts';
import type { PlanStatus, PlanTier } from './plans.ts';

const TABLE = 'users';

/** Adds a user. Fails with a unique violation of `users_email_key` when the e-mail is taken (in any case of letters). */
export async function insertUser(db: Database, account: Account): Promise<void> {
  await db(TABLE).insert({
    id: account.id,
    email: account.email,
    display_name: account.displayName,
    plan_tier: account.planTier,
    plan_status: account.planStatus,
    cycle_anchor_at: account.cycleAnchorAt,
    created_at: account.createdAt,
    updated_at: account.createdAt,
  });
}

export async function findUser(db: Database, id: string): Promise<Account | null> {
  const row = await db<UserRow>(TABLE)
    .first(...USER_COLUMNS)
    .where({ id });
  return row ? toAccount(row) : null;
}

/** By id, or by e-mail in any case of letters. */
export async function findUserByIdOrEmail(db: Database, text: string): Promise<Account | null> {
  const row = await db<UserRow>(TABLE)
    .first(...USER_COLUMNS)
    .where({ id: text })
    .orWhereRaw('lower(email) = lower(?)', [text]);
  return row ? toAccount(row) : null;
}

/** The user, locked until the transaction ends: whatever depends on an account's limits takes turns here. */
export async function lockUser(trx: Transaction, id: string): Promise<Account | null> {
  const row = await trx<UserRow>(TABLE)
    .first(...USER_COLUMNS)
    .where({ id })
    .forUpdate();
  return row ? toAccount(row) : null;
}

/** Oldest first, at most `limit` after the user with the id `after`. */
export async function listUsers(db: Database, limit: number, after?: string): Promise<Account[]> {
  const query = db<UserRow>(TABLE)
    .select(...USER_COLUMNS)
    .orderBy('id')
    .limit(limit);
  const rows = await (after === undefined ? query : query.where('id', '>', after));
  return rows.map(toAccount);
}

/** Returns whether there is such a user. */
export async function updatePlan(
  db: Database,
  id: string,
  plan: { tier: PlanTier; status: PlanStatus },
  now: Date,
): Promise<boolean> {
  const changed = await db(TABLE)
    .where({ id })
    .update({ plan_tier: plan.tier, plan_status: plan.status, updated_at: now });
  return changed > 0;
}

/** Deletes the user and everything that hangs on it. */
export async function deleteUser(db: Database, id: string): Promise<boolean> {
  return (await db(TABLE).where({ id }).delete()) > 0;
}
