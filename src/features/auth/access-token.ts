import { jwtVerify, SignJWT } from 'jose';
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

export interface AccessTokens {
  sign(claims: AccessClaims): Promise<string>;
  /** Null for anything but an unexpired token of ours. */
  verify(token: string): Promise<AccessClaims | null>;
}

const ALGORITHM = 'HS256';

/** Signs with the first secret, verifies with each: tokens outlive the rotation of the secret (RFC 7519, RFC 7515). */
export function createAccessTokens(
  ring: SecretRing,
  clock: Clock,
  onPrevious: OnPrevious = () => undefined,
): AccessTokens {
  const keys = createKeyRing(ring);

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
      try {
        const { payload, protectedHeader } = await jwtVerify(token, ({ kid }) => keys.get(kid), {
          algorithms: [ALGORITHM],
          currentDate: clock.now(),
          requiredClaims: ['sub', 'sid', 'exp'],
        });
        if (protectedHeader.kid !== keys.currentId) onPrevious();
        const { sub, sid, rc } = payload;
        if (typeof sub !== 'string' || typeof sid !== 'string' || typeof rc !== 'number') return null;
        // What is no id of ours is not even looked for (a NUL in it would be an error of the database).
        if (!/^aut_\w+$/.test(sid)) return null;
        return { userId: sub, authSessionId: sid, refreshCounter: rc };
      } catch {
        // Whatever is wrong with it, it isn't a token of ours; why is of no use to an honest caller.
        return null;
      }
    },
  };
}
