import type { Instance } from '@aws-sdk/client-ec2';
import type { Clock } from '../../../../clock.ts';
import type { Logger } from '../../../../observability/logger.ts';
import type { AwsClients } from './clients.ts';
import type { Fleet } from './fleet-file.ts';
import type { RoomMarks } from './room-marks.ts';

/** What the provider's functions work with. */
export interface AwsParts {
  clients: AwsClients;
  fleet: Fleet;
  /** Where new relays may be asked for, in the order in which they stand in for one another. */
  regions: readonly string[];
  clock: Clock;
  logger: Logger;
  /** One instance as EC2 shows it now; undefined when it shows none. */
  lookUp(region: string, instanceId: string): Promise<Instance | undefined>;
  /** The VPC of a subnet. */
  vpcOf(region: string, subnet: string): Promise<string>;
  marks: RoomMarks;
}
