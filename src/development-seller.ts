import { existsSync } from 'node:fs';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { Catalog, Product } from './features/account/index.ts';

/** A LemonSqueezy in this process, through which development sells. It keeps everything in memory. */
export interface DevelopmentSeller {
  /** Where its API, its checkout pages and its switches are. */
  url: string;
  /** What the configuration says of billing, with this seller in it. */
  billing: Config['billing'];
  close(): Promise<void>;
}

const STAND_IN = new URL('../test/support/lemonsqueezy/index.ts', import.meta.url);
/** It takes connections from this machine only, so there is nothing to hide. */
const API_KEY = 'development';
const STORE_ID = '1';

/**
 * Starts the tests' stand-in for LemonSqueezy, so that everything can be bought locally without an account there.
 *
 * @param webhookUrl where the API takes webhooks, once it listens.
 * @param port of the stand-in; 0 takes a free one.
 * @returns undefined outside of development, where a real seller is configured, and in an install without the tests.
 */
export async function startDevelopmentSeller(
  { environment, billing, catalog }: Config,
  clock: Clock,
  webhookUrl: () => string | undefined,
  port = 0,
): Promise<DevelopmentSeller | undefined> {
  const [webhookSecret] = billing.webhookSecrets;
  const isWanted = environment === 'development' && billing.seller === undefined && webhookSecret !== undefined;
  if (!isWanted || !existsSync(STAND_IN)) return undefined;
  const { startLemonSqueezyStandIn } = await import('../test/support/lemonsqueezy/index.ts');
  const { url, close } = await startLemonSqueezyStandIn({
    port,
    apiKey: API_KEY,
    storeId: STORE_ID,
    webhookSecret,
    webhookUrl,
    variants: variantsOf(catalog),
    clock,
    testMode: true,
  });
  return {
    url,
    billing: { ...billing, seller: { baseUrl: url, apiKey: API_KEY }, storeId: STORE_ID, mode: 'test' },
    close,
  };
}

function variantsOf({ products }: Catalog) {
  return [...products].map(([id, product]) => ({
    id,
    name: 'Monthly',
    productName: nameOf(product),
    kind: product.kind,
  }));
}

function nameOf(product: Product): string {
  if (product.kind === 'plan') return `${product.tier.charAt(0).toUpperCase()}${product.tier.slice(1)}`;
  return product.relays === 1 ? 'Further relay' : `${product.relays} further relays`;
}
