import type { Config, SecretRing } from './config.ts';
import type { Metrics } from './observability/metrics.ts';

/** Hears that a caller proved itself with a secret that is being replaced. */
export type OnPrevious = () => void;

/** Counts, by the secret's name in the environment, what is still proven by its `_PREVIOUS`. */
export type PreviousSecretUses = Record<keyof Config['secrets'] | 'webhook', OnPrevious>;

const NAMES = {
  jwt: 'JWT_SECRET',
  refreshToken: 'REFRESH_TOKEN_SECRET',
  relayShared: 'RELAY_SHARED_KEY',
  pluginLoginComplete: 'PLUGIN_LOGIN_COMPLETE_KEY',
  webhook: 'LEMONSQUEEZY_WEBHOOK_SECRET',
} as const;

/** A secret that has a previous one is shown from the beginning, so that an operator sees the 0 he waits for. */
export function countPreviousSecrets(
  { secrets, billing }: Pick<Config, 'secrets' | 'billing'>,
  { previousSecretUses }: Pick<Metrics, 'previousSecretUses'>,
): PreviousSecretUses {
  const rings: Record<keyof typeof NAMES, SecretRing | readonly string[]> = {
    ...secrets,
    webhook: billing.webhookSecrets,
  };
  const count = (name: keyof typeof NAMES): OnPrevious => {
    const uses = previousSecretUses.labels({ secret: NAMES[name] });
    if (rings[name].length > 1) uses.inc(0);
    return () => uses.inc();
  };
  return {
    jwt: count('jwt'),
    refreshToken: count('refreshToken'),
    relayShared: count('relayShared'),
    pluginLoginComplete: count('pluginLoginComplete'),
    webhook: count('webhook'),
  };
}
