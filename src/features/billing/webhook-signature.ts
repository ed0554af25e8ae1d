import { createHmac, timingSafeEqual } from 'node:crypto';
import type { OnPrevious } from '../../previous-secrets.ts';

const HEX_SHA256 = /^[0-9a-f]{64}$/i;

/**
 * Whether a webhook's `X-Signature` is the HMAC-SHA256 of exactly these bytes with one of the secrets, in hexadecimal
 * digits of either case (https://docs.lemonsqueezy.com/help/webhooks/signing-requests). Takes the same time whether or
 * not it is.
 *
 * @param secrets the current one, and the one that it replaces.
 */
export function isSigned(
  secrets: readonly string[],
  bytes: Buffer,
  signature: string,
  onPrevious: OnPrevious = () => undefined,
): boolean {
  const given = Buffer.from(HEX_SHA256.test(signature) ? signature : '0'.repeat(64), 'hex');
  const matches = secrets.map((secret) => timingSafeEqual(createHmac('sha256', secret).update(bytes).digest(), given));
  const place = HEX_SHA256.test(signature) ? matches.indexOf(true) : -1;
  if (place > 0) onPrevious();
  return place >= 0;
}
