import type { Database, Transaction } from '../../database/connect.ts';

const TABLE = 'user_identities';

/** Names someone at a provider for ever (OpenID Connect Core 1.0, section 5.7). */
export interface IdentityKey {
  issuer: string;
  subject: string;
}

/** Someone's identity at a provider, and whose account it opens. */
export interface LinkedIdentity extends IdentityKey {
  userId: string;
  /** The verified e-mail that the provider told last; null: none. */
  email: string | null;
}

interface IdentityRow {
  issuer: string;
  subject: string;
  user_id: string;
  email: string | null;
}

/** Locked until the transaction ends: parallel sign-ins of one identity take turns. */
export async function lockIdentity(trx: Transaction, { issuer, subject }: IdentityKey): Promise<LinkedIdentity | null> {
  const row = await trx<IdentityRow>(TABLE).first().where({ issuer, subject }).forUpdate();
  return row ? { issuer: row.issuer, subject: row.subject, userId: row.user_id, email: row.email } : null;
}

/** Links an identity. Fails with a unique violation of `user_identities_pkey` when it is linked already. */
export async function insertIdentity(trx: Transaction, identity: LinkedIdentity, now: Date): Promise<void> {
  await trx(TABLE).insert({
    issuer: identity.issuer,
    subject: identity.subject,
    user_id: identity.userId,
    email: identity.email,
    created_at: now,
    last_sign_in_at: now,
  });
}

/** Notes a further sign-in, and the e-mail that the provider told. */
export async function storeSignIn(db: Database, { issuer, subject, email }: LinkedIdentity, now: Date): Promise<void> {
  await db(TABLE).where({ issuer, subject }).update({ email, last_sign_in_at: now });
}
