import type { Database, Transaction } from '../../database/connect.ts';
import { PREPARED } from '../../database/prepared.ts';
import { type Account, toAccount, USER_COLUMNS, type UserRow } from './account.ts';
import type { PlanStatus, PlanTier } from './plans.ts';
import { nextPlanDeadline } from './present-plan.ts';
import type { Subscription } from './subscription.ts';

const TABLE = 'users';
/**
 * In any case of ASCII letters. With the rules of other languages some letters of theirs would become ASCII ones, and
 * someone with such an address could claim the account of another.
 */
const SAME_EMAIL = 'lower(email collate "C") = lower(?::text collate "C")';

/**
 * Adds a user. Fails with a unique violation of `users_email_key` when another claimable one has the e-mail (in any case of
 * letters).
 *
 * @param claimable whether whoever proves the e-mail at a trusted provider gets the account.
 */
export async function insertUser(db: Database, account: Account, { claimable }: { claimable: boolean }): Promise<void> {
  await db(TABLE).insert({
    id: account.id,
    claimable,
    email: account.email,
    display_name: account.displayName,
    plan_tier: account.planTier,
    plan_status: account.planStatus,
    plan_status_at: account.planStatusAt,
    plan_deadline_at: nextPlanDeadline(account, account.createdAt),
    cycle_anchor_at: account.cycleAnchorAt,
    created_at: account.createdAt,
    updated_at: account.createdAt,
  });
}

export async function findUser(db: Database, id: string): Promise<Account | null> {
  const row = await db<UserRow>(TABLE)
    .first(...USER_COLUMNS)
    .where({ id })
    .options(PREPARED);
  return row ? toAccount(row) : null;
}

/** Of these ids, those of users that there are. */
export async function existingUsers(db: Database, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const found: string[] = await db(TABLE).whereIn('id', ids).pluck('id');
  return new Set(found);
}

/** By id, or by e-mail in any case of letters: of accounts that people made by signing in, several may have the same. */
export async function findUsersByIdOrEmail(db: Database, text: string): Promise<Account[]> {
  const rows = await db<UserRow>(TABLE)
    .select(...USER_COLUMNS)
    .where({ id: text })
    .orWhereRaw(SAME_EMAIL, [text])
    .orderBy('id');
  return rows.map(toAccount);
}

/** Hands the claimable account with this e-mail over: nobody else can claim it any more. Null if there is none. */
export async function claimAccount(trx: Transaction, email: string, now: Date): Promise<Account | null> {
  const [row] = await trx<UserRow & { claimable: boolean; updated_at: Date }>(TABLE)
    .where({ claimable: true })
    .whereRaw(SAME_EMAIL, [email])
    .update({ claimable: false, updated_at: now })
    .returning([...USER_COLUMNS]);
  return row ? toAccount(row as UserRow) : null;
}

/** Ends every sign-in of the user on the pages that began before `now`. */
export async function endPageSessions(db: Database, id: string, now: Date): Promise<void> {
  await db(TABLE).where({ id }).update({ page_sessions_from: now });
}

/** The user of a sign-in on the pages that began at `since`; null if it has been ended. */
export async function findUserOfPageSession(db: Database, id: string, since: Date): Promise<Account | null> {
  const row = await db<UserRow>(TABLE)
    .first(...USER_COLUMNS)
    .where({ id })
    .whereRaw('coalesce(page_sessions_from <= ?, true)', [since]);
  return row ? toAccount(row) : null;
}

/** Changes the e-mail of an account that is claimed. */
export async function updateEmail(trx: Transaction, id: string, email: string, now: Date): Promise<void> {
  await trx(TABLE).where({ id }).update({ email, updated_at: now });
}

/**
 * The user, locked until the transaction ends: whatever depends on an account's limits takes turns here. Rows that refer
 * to the user can be added meanwhile: a reader that makes missing slots would wait for the start that waits for its slots.
 */
export async function lockUser(trx: Transaction, id: string): Promise<Account | null> {
  const row = await trx<UserRow>(TABLE)
    .first(...USER_COLUMNS)
    .where({ id })
    .forNoKeyUpdate();
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

/** Puts a locked account on a plan by hand; returns it as it is then. */
export async function updatePlan(
  trx: Transaction,
  account: Account,
  plan: { tier: PlanTier; status: PlanStatus },
  now: Date,
): Promise<Account> {
  const changed: Account = { ...account, planTier: plan.tier, planStatus: plan.status, planStatusAt: now };
  await trx(TABLE)
    .where({ id: account.id })
    .update({
      plan_tier: plan.tier,
      plan_status: plan.status,
      plan_status_at: now,
      plan_deadline_at: nextPlanDeadline(changed, now),
      updated_at: now,
    });
  return changed;
}

/** Writes a subscription over what a locked account has of it; returns the account as it is then. */
export async function storeSubscription(
  trx: Transaction,
  account: Account,
  subscription: Subscription,
  now: Date,
): Promise<Account> {
  const others = account.subscriptions.filter(({ id }) => id !== subscription.id);
  const subscriptions = [...others, subscription].toSorted((a, b) => a.id.localeCompare(b.id));
  const changed: Account = { ...account, subscriptions };
  await trx(TABLE)
    .where({ id: account.id })
    .update({
      subscriptions: JSON.stringify(subscriptions),
      plan_deadline_at: nextPlanDeadline(changed, now),
      updated_at: now,
    });
  return changed;
}

/** Up to `limit` accounts whose plan changes by time alone at or before `now`, locked; those that someone else holds are left out. */
export async function lockUsersWithPlanDeadline(trx: Transaction, now: Date, limit: number): Promise<Account[]> {
  const rows = await trx<UserRow>(TABLE)
    .select(...USER_COLUMNS)
    .where('plan_deadline_at', '<=', now)
    .orderBy('plan_deadline_at')
    .limit(limit)
    .forNoKeyUpdate()
    .skipLocked();
  return rows.map(toAccount);
}

/** Notes when time will change the locked account's plan next. */
export async function storePlanDeadline(trx: Transaction, account: Account, now: Date): Promise<void> {
  await trx(TABLE)
    .where({ id: account.id })
    .update({ plan_deadline_at: nextPlanDeadline(account, now) });
}

/** Deletes the user and everything that hangs on it. */
export async function deleteUser(db: Database, id: string): Promise<boolean> {
  return (await db(TABLE).where({ id }).delete()) > 0;
}
