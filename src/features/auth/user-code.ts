import type { Random } from '../../random.ts';

/** No vowels, so that no word comes out, and nothing that is easily mistaken for something else (RFC 8628, section 6.1). */
const ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ';
const HALF = 4;
const FORM = new RegExp(`^[${ALPHABET}]{${2 * HALF}}$`);

/** A confirmation code such as `BXDK-QWLR`: one of 26 thousand million. */
export function makeUserCode(random: Random): string {
  return `${random.code(HALF, ALPHABET)}-${random.code(HALF, ALPHABET)}`;
}

/** What a person typed as a code, in its usual form; null if it can be none. Case, spaces and dashes don't matter. */
export function readUserCode(text: string): string | null {
  const letters = text.toUpperCase().replaceAll(/[\s\p{Pd}]/gu, '');
  return FORM.test(letters) ? `${letters.slice(0, HALF)}-${letters.slice(HALF)}` : null;
}
