import { createHash, hkdfSync } from 'node:crypto';
import type { SecretRing } from '../../config.ts';

/** The keys of a ring of secrets: the current one signs, each of them verifies what carries its id (`kid`, RFC 7515). */
export interface KeyRing {
  currentId: string;
  current: Uint8Array;
  /** Every key, for what carries no id. */
  all: readonly Uint8Array[];
  /** @throws Error for an id of no key of ours. */
  get(id: string | undefined): Uint8Array;
}

/** The secrets themselves as keys. */
export function createKeyRing(ring: SecretRing): KeyRing {
  return makeRing(ring, (secret) => new TextEncoder().encode(secret));
}

/** Keys of 32 bytes for a purpose of their own: what they sign is good for nothing else (HKDF, RFC 5869). */
export function deriveKeyRing(ring: SecretRing, purpose: string): KeyRing {
  return makeRing(ring, (secret) => deriveKey(secret, purpose));
}

/** One such key. */
export function deriveKey(secret: string, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', `telemy ${purpose}`, 32));
}

function makeRing(ring: SecretRing, toKey: (secret: string) => Uint8Array): KeyRing {
  const keys = new Map(ring.map((secret) => [keyId(secret), toKey(secret)]));
  const currentId = keyId(ring[0]);
  return {
    currentId,
    current: keys.get(currentId) as Uint8Array,
    all: [...keys.values()],
    get(id) {
      const key = keys.get(id ?? '');
      if (!key) throw new Error('unknown kid');
      return key;
    },
  };
}

/** Tells keys apart without telling anything about them. */
function keyId(secret: string): string {
  return createHash('sha256').update(`kid:${secret}`).digest('hex').slice(0, 8);
}
