import type { Config } from '../../../../config.ts';
import type { ProviderDeps } from '../index.ts';
import type { RelayProvider } from '../provider.ts';
import { createPoolProvider } from './pool-provider.ts';
import { createSlsClient } from './sls-client.ts';

/** The provider as the configuration has it. */
export function createConfiguredPool(
  { config, database, clock, random, logger }: Omit<ProviderDeps, 'takesReports'>,
  { apiKey }: NonNullable<Config['pool']>,
): RelayProvider {
  const regions = config.relay.supportedRegions;
  const sls = createSlsClient({ apiKey });
  return createPoolProvider({ database, clock, random, chance: Math.random, logger, regions, sls });
}
