import { createHash, randomBytes } from 'node:crypto';

/** What a server asks for in its Hello. */
export interface Challenge {
  challenge: string;
  salt: string;
}

/** A new challenge for one connection. */
export function createChallenge(): Challenge {
  return { challenge: randomBytes(32).toString('base64'), salt: randomBytes(32).toString('base64') };
}

/** What a client that knows the password answers. Source: the protocol's chapter on authentication. */
export function answerChallenge(password: string, { challenge, salt }: Challenge): string {
  return digest(digest(password + salt) + challenge);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
