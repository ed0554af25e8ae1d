import type { Clock } from '../../clock.ts';
import type { Database, Transaction } from '../../database/connect.ts';
import { isUniqueViolation } from '../../database/errors.ts';
import type { Random } from '../../random.ts';
import { type Account, claimAccount, createSignedUpUser, findUser, updateEmail } from '../account/index.ts';
import { type IdentityKey, insertIdentity, lockIdentity, storeSignIn } from './identity-store.ts';

/** What a provider says of someone who has signed in there. */
export interface Identity extends IdentityKey {
  /** Only if the provider has verified it. */
  email: string | null;
  /** Empty if none was told. */
  displayName: string;
}

export interface IdentityServiceOptions {
  database: Database;
  clock: Clock;
  random: Random;
  /** Whether the provider's word that an e-mail is verified is enough to hand over the account that has it. */
  trustsEmail: boolean;
}

/** Turns identities into accounts. */
export interface IdentityService {
  /**
   * The account of an identity: the one that it is linked to; else one that an operator or an import made for its e-mail
   * and that nobody has claimed; else a new one. Null if there is none yet and the provider has verified no e-mail.
   */
  signIn(identity: Identity): Promise<Account | null>;
}

export function createIdentityService(options: IdentityServiceOptions): IdentityService {
  const { database, clock, trustsEmail } = options;

  const signIn = (identity: Identity): Promise<Account | null> =>
    database.transaction(async (trx) => {
      const now = clock.now();
      const linked = await lockIdentity(trx, identity);
      if (!linked) return identity.email === null ? null : await link(trx, { ...identity, email: identity.email }, now);
      // An e-mail that changes there changes here too; else the account keeps the one that it was made with.
      const isNew = identity.email !== null && identity.email !== linked.email;
      if (isNew) await updateEmail(trx, linked.userId, identity.email as string, now);
      await storeSignIn(trx, { ...linked, email: identity.email ?? linked.email }, now);
      return findUser(trx, linked.userId);
    });

  const link = async (trx: Transaction, identity: Identity & { email: string }, now: Date): Promise<Account> => {
    const claimed = trustsEmail ? await claimAccount(trx, identity.email, now) : null;
    const account = claimed ?? (await createSignedUpUser(trx, options, identity));
    await insertIdentity(trx, { ...identity, userId: account.id }, now);
    return account;
  };

  return {
    async signIn(identity) {
      try {
        return await signIn(identity);
      } catch (error) {
        // Two first sign-ins at once: by now the other one has linked the identity.
        if (isUniqueViolation(error, 'user_identities_pkey')) return signIn(identity);
        throw error;
      }
    },
  };
}
