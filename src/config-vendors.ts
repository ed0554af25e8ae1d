import { isLoopback, isPlain } from './config-oidc.ts';
import type { Variables } from './config-schema.ts';

/** Where requests go that carry a token of ours. */
const TOKENS_GO_TO = ['LEMONSQUEEZY_API_BASE_URL', 'CLOUDFLARE_API_BASE_URL'] as const;

/** What is wrong, in production, with the addresses of vendors and of the pages that they send browsers to. */
export function vendorFaults(values: Partial<Variables>): string[] {
  const faults: string[] = TOKENS_GO_TO.filter((name) => isReadable(values[name])).map(
    (name) => `${name} must be an https URL in production, or one on this machine: our token goes there`,
  );
  if (values.CHECKOUT_REDIRECT_ORIGINS?.some(isReadable)) {
    faults.push('CHECKOUT_REDIRECT_ORIGINS must be https in production, or on this machine');
  }
  return faults;
}

/** Whether others on the way can read what is sent there. */
function isReadable(url: string | undefined): boolean {
  return url !== undefined && isPlain(url) && !isLoopback(url);
}
