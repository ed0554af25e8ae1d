import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SecretRing } from '../../config.ts';
import type { OnPrevious } from '../../previous-secrets.ts';

/** A refresh token is a signed statement: the nth token of this device. */
export interface RefreshClaims {
  authSessionId: string;
  counter: number;
}

const VERSION = 'tr1';
const FORM = /^tr1\.(aut_[0-9A-Za-z_-]{1,64})\.(0|[1-9]\d{0,8})\.([0-9A-Za-z_-]{43})$/;

/** Text of the token with that counter. The database holds only the counter, so a dump of it holds no token. */
export function signRefreshToken(ring: SecretRing, claims: RefreshClaims): string {
  const statement = `${VERSION}.${claims.authSessionId}.${claims.counter}`;
  return `${statement}.${seal(ring[0], statement).toString('base64url')}`;
}

/** What a token says; null unless we signed it. */
export function readRefreshToken(
  ring: SecretRing,
  token: string,
  onPrevious: OnPrevious = () => undefined,
): RefreshClaims | null {
  const match = FORM.exec(token);
  if (!match) return null;
  const [, authSessionId = '', counter = '', signature = ''] = match;
  const given = Buffer.from(signature, 'base64url');
  const statement = `${VERSION}.${authSessionId}.${counter}`;
  const place = ring.map((secret) => timingSafeEqual(given, seal(secret, statement))).indexOf(true);
  if (place > 0) onPrevious();
  return place < 0 ? null : { authSessionId, counter: Number(counter) };
}

function seal(secret: string, statement: string): Buffer {
  return createHmac('sha256', secret).update(statement).digest();
}
