import { createHmac } from 'node:crypto';
import type { SecretRing } from '../config.ts';
import { deriveKey } from '../features/auth/index.ts';
import type { OnPrevious } from '../previous-secrets.ts';
import { isSameSecret } from '../secrets.ts';

/** What a form does something to: `code`, a login attempt, or an account. */
export type FormSubject = 'code' | 'account sign-in' | `attempt ${string}` | `account ${string}`;

/** Tokens that only our own pages can put into a form, and only for this browser and this subject (against CSRF). */
export interface FormTokens {
  make(browserId: string, subject: FormSubject): string;
  isGood(token: string, browserId: string, subject: FormSubject): boolean;
}

export function createFormTokens([current, ...previous]: SecretRing, onPrevious: OnPrevious): FormTokens {
  const key = deriveKey(current, 'form token');
  const keys = [key, ...previous.map((secret) => deriveKey(secret, 'form token'))];
  return {
    make: (browserId, subject) => seal(key, browserId, subject),
    isGood(token, browserId, subject) {
      const place = keys.map((one) => isSameSecret(token, seal(one, browserId, subject))).indexOf(true);
      if (place > 0) onPrevious();
      return place >= 0;
    },
  };
}

function seal(key: Uint8Array, browserId: string, subject: FormSubject): string {
  return createHmac('sha256', key).update(`${browserId} ${subject}`).digest('base64url');
}
