import { decodeProtectedHeader, type JWTVerifyOptions, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../clock.ts';
import type { SecretRing } from '../../config.ts';
import type { OnPrevious } from '../../previous-secrets.ts';
import { createKeyRing } from './key-ring.ts';

/** Life of an access token, in seconds. */
export const ACCESS_TOKEN_SECONDS = 900;

/** What an access token says. */
export interface AccessClaims {
  userId: string;
  authSessionId: string;
  /** Counter of the refresh token that it was minted with; its first use tells that the client has that token. */
  refreshCounter: number;
}

/** The claims of a token that was verified. */
export interface VerifiedClaims extends AccessClaims {
  /** The Go service signed it: only a sign-in that was brought in from there may use it. */
  isLegacy: boolean;
}

export interface AccessTokens {
  sign(claims: AccessClaims): Promise<string>;
  /** Null for anything but an unexpired token of ours. */
  verify(token: string): Promise<VerifiedClaims | null>;
}

const ALGORITHM = 'HS256';
/** What is no id of ours is not even looked for (a NUL in it would be an error of the database). */
const SESSION_ID = /^aut_[\w-]{1,64}$/;

/** Tokens whose signature was found good, at most. */
const MOST_KNOWN = 10_000;

/** What a good signature vouches for, whatever the time. */
interface Known {
  claims: VerifiedClaims;
  /** Seconds since 1970; from then on it isn't good any more. */
  exp: number;
  isPrevious: boolean;
}

/** Signs with the first secret, verifies with each: tokens outlive the rotation of the secret (RFC 7519, RFC 7515). */
export function createAccessTokens(
  ring: SecretRing,
  clock: Clock,
  onPrevious: OnPrevious = () => undefined,
): AccessTokens {
  const keys = createKeyRing(ring);
  // A signature stays good or bad for ever: polls repeat the same token for minutes.
  const known = new LRUCache<string, Known>({ max: MOST_KNOWN });

  return {
    async sign({ userId, authSessionId, refreshCounter }) {
      const issuedAt = Math.floor(clock.now().getTime() / 1000);
      return new SignJWT({ sid: authSessionId, rc: refreshCounter })
        .setProtectedHeader({ alg: ALGORITHM, kid: keys.currentId })
        .setSubject(userId)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + ACCESS_TOKEN_SECONDS)
        .sign(keys.current);
    },

    async verify(token) {
      const before = known.get(token);
      if (before) {
        if (Math.floor(clock.now().getTime() / 1000) >= before.exp) return null;
        if (before.isPrevious) onPrevious();
        return before.claims;
      }
      const remember = (claims: VerifiedClaims, exp = 0, isPrevious = false): VerifiedClaims => {
        known.set(token, { claims, exp, isPrevious });
        return claims;
      };
      try {
        if (decodeProtectedHeader(token).kid === undefined) {
          const legacy = await verifyLegacy(keys.all, token, clock.now());
          return legacy && remember(legacy.claims, legacy.exp);
        }
        const { payload, protectedHeader } = await jwtVerify(token, ({ kid }) => keys.get(kid), {
          algorithms: [ALGORITHM],
          currentDate: clock.now(),
          requiredClaims: ['sub', 'sid', 'exp'],
        });
        const isPrevious = protectedHeader.kid !== keys.currentId;
        if (isPrevious) onPrevious();
        const { sub, sid, rc, exp } = payload;
        if (typeof sub !== 'string' || typeof sid !== 'string' || typeof rc !== 'number') return null;
        if (!SESSION_ID.test(sid)) return null;
        return remember({ userId: sub, authSessionId: sid, refreshCounter: rc, isLegacy: false }, exp, isPrevious);
      } catch {
        // Whatever is wrong with it, it isn't a token of ours; why is of no use to an honest caller.
        return null;
      }
    },
  };
}

/**
 * A token of the Go service names no key, and its user as `uid`. It was minted with the refresh token that came over, which
 * has the counter 0.
 */
async function verifyLegacy(
  keys: readonly Uint8Array[],
  token: string,
  now: Date,
): Promise<Pick<Known, 'claims' | 'exp'> | null> {
  const options: JWTVerifyOptions = {
    algorithms: [ALGORITHM],
    currentDate: now,
    requiredClaims: ['uid', 'sid', 'exp'],
  };
  const results = await Promise.allSettled(keys.map((key) => jwtVerify(token, key, options)));
  const payload = results.find((result) => result.status === 'fulfilled')?.value.payload;
  if (!payload) return null;
  const { uid, sid, sub, exp = 0 } = payload;
  if (typeof uid !== 'string' || typeof sid !== 'string' || !SESSION_ID.test(sid) || sub !== undefined) return null;
  // One that is good for longer was not minted by it.
  if (exp > now.getTime() / 1000 + ACCESS_TOKEN_SECONDS) return null;
  return { claims: { userId: uid, authSessionId: sid, refreshCounter: 0, isLegacy: true }, exp };
}
