import { randomBytes, randomInt } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

/** The kinds of ids the service makes; the prefix tells people which one they hold. */
export type IdPrefix = 'usr' | 'ses' | 'rly' | 'aut' | 'pla' | 'bev' | 'adj' | 'pho' | 'pas';

/** Every source of chance the service uses, in one argument. */
export interface Random {
  /** A new id, `prefix_` + 32 hex digits of a UUIDv7 (RFC 9562), so that ids sort by their age. */
  id(prefix: IdPrefix): string;
  /** A secret of `bytes` random bytes, base64url. */
  token(bytes: number): string;
  /** `length` characters of the alphabet; by default of 0-9 and a-z. */
  code(length: number, alphabet?: string): string;
}

const BASE36 = '0123456789abcdefghijklmnopqrstuvwxyz';

/** Cryptographically strong randomness of the operating system. */
export const systemRandom: Random = {
  id: (prefix) => `${prefix}_${uuidv7().replaceAll('-', '')}`,
  token: (bytes) => randomBytes(bytes).toString('base64url'),
  code: (length, alphabet = BASE36) =>
    Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join(''),
};
