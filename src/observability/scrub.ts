/**
 * What secrets and people look like, wherever in a line they stand, and a text that is never missing where they are.
 * Strangers write into lines (paths), so every repetition that can fail behind itself has an upper bound: without one, a
 * path of 15 kB cost a third of a second.
 */
const SHAPES: readonly [RegExp, string, string][] = [
  // JSON Web Tokens.
  [/eyJ[\w-]{8,256}\.[\w-]{8,4096}\.[\w-]{8,}/g, '[token]', 'eyJ'],
  [/\b(Bearer|Basic) +[\w.~+/=-]{8,}/gi, '$1 [secret]', ' '],
  // Refresh tokens: a version, the sign-in, a count, a signature.
  [/aut_[\w-]{1,64}\.\d{1,16}\.[\w-]{16,}/g, '[token]', 'aut_'],
  // Stream keys, as publishers and players use them; in a line of JSON they can follow the letter of an escape.
  [/(?:\b|(?<=\\[nrt]))(live|play)_[\w-]{12,}/g, '$1_[secret]', '_'],
  [/(postgres(?:ql)?:\/\/[^:/@\s"]{0,128}:)[^@\s"]{1,512}@/g, '$1[secret]@', '://'],
  [/[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/g, '[e-mail]', '@'],
];

/**
 * Masks whatever in a line of the log looks like a secret or an e-mail address. The second line of defence: nothing of
 * the kind is to be logged in the first place, but an error of somebody else's may quote it.
 */
export function scrub(line: string): string {
  return SHAPES.reduce((text, [shape, mask, sign]) => (text.includes(sign) ? text.replace(shape, mask) : text), line);
}
