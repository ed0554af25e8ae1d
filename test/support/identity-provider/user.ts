/** Somebody who can sign in at a provider. */
export interface IdentityUser {
  /** The provider's own and lasting name of this account. */
  subject: string;
  /** Null: the account has none, and no claim tells of one. */
  email: string | null;
  emailVerified: boolean;
  name: string;
}

/** What a well-behaved provider says of a user; who asked for which scope is not looked at here. */
export interface IdentityClaims {
  sub: string;
  name: string;
  email?: string;
  email_verified?: boolean;
}

/** The user in the words of OpenID Connect Core 1.0, section 5.1. */
export function claimsOf({ subject, email, emailVerified, name }: IdentityUser): IdentityClaims {
  return { sub: subject, name, ...(email === null ? {} : { email, email_verified: emailVerified }) };
}
