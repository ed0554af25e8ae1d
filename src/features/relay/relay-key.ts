import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { SecretRing } from '../../config.ts';
import type { OnPrevious } from '../../previous-secrets.ts';

/** The key of one session's relay: of no use for any other session. */
export function deriveRelayKey(sharedKey: string, sessionId: string): string {
  return createHmac('sha256', sharedKey).update(`relay:${sessionId}`).digest('base64url');
}

/** Whether a key is the shared one (now or before), or derived from it for that session. Takes the same time either way. */
export function verifyRelayKey(
  ring: SecretRing,
  key: string,
  sessionId: string,
  onPrevious: OnPrevious = () => undefined,
): boolean {
  const given = digest(key);
  const good = ring.flatMap((shared) => [shared, deriveRelayKey(shared, sessionId)]);
  const place = good.map((candidate) => timingSafeEqual(given, digest(candidate))).indexOf(true);
  // Two belong to each secret.
  if (place > 1) onPrevious();
  return place >= 0;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
