import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SecretRing } from '../config.ts';
import { deriveKeyRing } from '../features/auth/index.ts';

/** What a form does something to: `code`, a login attempt, or an account. */
export type FormSubject = 'code' | 'account sign-in' | `attempt ${string}` | `account ${string}`;

/** Tokens that only our own pages can put into a form, and only for this browser and this subject (against CSRF). */
export interface FormTokens {
  make(browserId: string, subject: FormSubject): string;
  isGood(token: string, browserId: string, subject: FormSubject): boolean;
}

export function createFormTokens(secrets: SecretRing): FormTokens {
  const keys = secrets.map((secret) => deriveKeyRing([secret], 'form token').current);
  const seal = (key: Uint8Array, browserId: string, subject: string): Buffer =>
    createHmac('sha256', key).update(`${browserId} ${subject}`).digest();
  return {
    make: (browserId, subject) => seal(keys[0] as Uint8Array, browserId, subject).toString('base64url'),
    isGood(token, browserId, subject) {
      const given = Buffer.from(token, 'base64url');
      return keys.map((key) => seal(key, browserId, subject)).some((good) => isEqual(given, good));
    },
  };
}

function isEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
