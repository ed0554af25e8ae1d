/** What secrets and people look like, wherever in a line they stand, and a text that is never missing where they are. */
const SHAPES: readonly [RegExp, string, string][] = [
  // JSON Web Tokens.
  [/eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g, '[token]', 'eyJ'],
  [/\b(Bearer|Basic) +[\w.~+/=-]{8,}/gi, '$1 [secret]', ' '],
  // Refresh tokens: a version, the sign-in, a count, a signature.
  [/\baut_[\w-]+\.\d+\.[\w-]{16,}/g, '[token]', 'aut_'],
  // Stream keys, as publishers and players use them.
  [/\b(live|play)_[\w-]{12,}/g, '$1_[secret]', '_'],
  [/(postgres(?:ql)?:\/\/[^:/@\s"]*:)[^@\s"]+@/g, '$1[secret]@', '://'],
  [/[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/g, '[e-mail]', '@'],
];

/**
 * Masks whatever in a line of the log looks like a secret or an e-mail address. The second line of defence: nothing of
 * the kind is to be logged in the first place, but an error of somebody else's may quote it.
 */
export function scrub(line: string): string {
  return SHAPES.reduce((text, [shape, mask, sign]) => (text.includes(sign) ? text.replace(shape, mask) : text), line);
}
