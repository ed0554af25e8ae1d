import { join } from 'node:path';
import type { MovableClock } from '../../../clock.ts';
import type { Config } from '../../../config.ts';
import type { Database } from '../../../database/connect.ts';
import type { Logger } from '../../../observability/logger.ts';
import type { Random } from '../../../random.ts';
import { createLocalProvider, type LocalProvider } from './local/index.ts';
import type { RelayProvider } from './provider.ts';

/** What providers are made of. */
export interface ProviderDeps {
  config: Config;
  database: Database;
  clock: MovableClock;
  random: Random;
  logger: Logger;
  /** Whether this process is the one that relays report to. */
  takesReports: boolean;
}

/** Every provider that relays may be with. */
export interface Providers {
  /** The one that new relays come from. */
  current: RelayProvider;
  /** That one, and those that earlier relays may still be with. */
  all: readonly RelayProvider[];
  /** @throws Error when no such provider is configured (any more). */
  named(name: string): RelayProvider;
}

type Maker = (deps: ProviderDeps, local: LocalProvider) => RelayProvider | null | Promise<RelayProvider | null>;

/** The providers by name, each made if the configuration names it or has what it needs. What one needs is loaded with it. */
const MAKERS: Record<Config['relay']['provider'], Maker> = {
  local: ({ config }, local) => (config.relay.provider === 'local' ? local : null),
  aws: async (deps) =>
    deps.config.aws ? (await import('./aws/index.ts')).createConfiguredAws(deps, deps.config.aws) : null,
  pool: async (deps) =>
    deps.config.pool ? (await import('./pool/index.ts')).createConfiguredPool(deps, deps.config.pool) : null,
};

/** Makes the providers that the configuration knows. */
export async function createProviders(deps: ProviderDeps, local: LocalProvider): Promise<Providers> {
  const made = await Promise.all(Object.values(MAKERS).map((make) => make(deps, local)));
  return toProviders(
    made.filter((provider) => provider !== null),
    deps.config.relay.provider,
  );
}

/** @param name of the one that new relays come from. */
export function toProviders(all: readonly RelayProvider[], name: string): Providers {
  const named = (wanted: string): RelayProvider => {
    const provider = all.find((candidate) => candidate.name === wanted);
    if (!provider) throw new Error(`The relay provider ${wanted} is not configured, but has relays of ours.`);
    return provider;
  };
  return { current: named(name), all, named };
}

/** The stand-ins on this machine. Nothing is started before the first relay. */
export function createLocal({ config, clock, logger, takesReports }: ProviderDeps): LocalProvider {
  return createLocalProvider({
    stateDir: join(config.dataDir, 'relays'),
    regions: config.relay.supportedRegions,
    onMessage: (message) => logger.info({ provider: 'local' }, message),
    // It is the API that judges how old a report is.
    ...(takesReports ? { clockOffsetMs: () => clock.offsetMs } : {}),
  });
}
