import type { Config } from '../../../../config.ts';
import type { ProviderDeps } from '../index.ts';
import type { RelayProvider } from '../provider.ts';
import { createAwsProvider } from './aws-provider.ts';

/** The provider as the configuration has it. */
export function createConfiguredAws(
  { config, clock, logger }: Pick<ProviderDeps, 'config' | 'clock' | 'logger'>,
  { fleet, ...access }: NonNullable<Config['aws']>,
): RelayProvider {
  return createAwsProvider({ fleet, regions: config.relay.supportedRegions, access, clock, logger });
}
