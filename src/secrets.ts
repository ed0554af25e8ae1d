import { createHash, timingSafeEqual } from 'node:crypto';

/** SHA-256 of a secret that is long and random, so that a plain digest hides it well enough. */
export function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Compares in a time that tells nothing of where two secrets differ, or of their lengths. */
export function isSameSecret(a: string, b: string): boolean {
  return timingSafeEqual(digestOf(a), digestOf(b));
}
