import { EncryptJWT, jwtDecrypt } from 'jose';
import { addSeconds, type Clock } from '../clock.ts';
import type { SecretRing } from '../config.ts';
import { deriveKeyRing, type SignInSecrets } from '../features/auth/index.ts';
import type { OnPrevious } from '../previous-secrets.ts';
import { isSameSecret } from '../secrets.ts';
import { browserName } from './browser-name.ts';

/** A sign-in at the provider that has begun: its secrets, and where the person goes behind it. */
export interface SignInState extends SignInSecrets {
  /** The attempt that it is for; null: the account page. */
  attemptId: string | null;
}

/** A sign-in at the provider takes no longer than this, in seconds; with a new account there it may take a while. */
export const SIGN_IN_SECONDS = 900;

const HEADER = { alg: 'dir', enc: 'A256GCM' } as const;

/**
 * The `state` of the authorization request (RFC 6749, section 10.12): encrypted, so that it can carry what the sign-in
 * needs at its end, and of use to no other browser than the one that began.
 */
export interface SignInStates {
  seal(state: SignInState, browserId: string): Promise<string>;
  /** Null for whatever isn't a state of ours, of this browser, and within its time. */
  open(text: string, browserId: string): Promise<SignInState | null>;
}

export function createSignInStates(secrets: SecretRing, clock: Clock, onPrevious: OnPrevious): SignInStates {
  const keys = deriveKeyRing(secrets, 'sign-in state');
  return {
    seal: ({ nonce, codeVerifier, attemptId }, browserId) =>
      new EncryptJWT({ nonce, verifier: codeVerifier, attempt: attemptId, browser: browserName(browserId) })
        .setProtectedHeader({ ...HEADER, kid: keys.currentId })
        .setExpirationTime(addSeconds(clock.now(), SIGN_IN_SECONDS))
        .encrypt(keys.current),
    async open(text, browserId) {
      try {
        const { payload, protectedHeader } = await jwtDecrypt(text, ({ kid }) => keys.get(kid), {
          keyManagementAlgorithms: [HEADER.alg],
          contentEncryptionAlgorithms: [HEADER.enc],
          currentDate: clock.now(),
        });
        if (protectedHeader.kid !== keys.currentId) onPrevious();
        const { nonce, verifier, attempt, browser } = payload as Record<string, string | null>;
        const isOurs = isSameSecret(browser ?? '', browserName(browserId));
        return isOurs ? { nonce: nonce as string, codeVerifier: verifier as string, attemptId: attempt ?? null } : null;
      } catch {
        // Expired, made up or of a key that is gone: this sign-in cannot be ended.
        return null;
      }
    },
  };
}
