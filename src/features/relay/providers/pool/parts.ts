import type { Clock } from '../../../../clock.ts';
import type { Database } from '../../../../database/connect.ts';
import type { Logger } from '../../../../observability/logger.ts';
import type { Random } from '../../../../random.ts';
import type { SlsClient } from './sls-client.ts';

/** What the provider's functions work with. */
export interface PoolParts {
  database: Database;
  sls: SlsClient;
  /** Where relays can be asked for, in the order in which regions stand in for one another. */
  regions: readonly string[];
  clock: Clock;
  random: Pick<Random, 'id'>;
  /** Numbers from 0 up to 1, for waits that shall differ. */
  chance(): number;
  logger: Logger;
}
