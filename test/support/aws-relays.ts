import { pino } from 'pino';
import { createAwsProvider } from '../../src/features/relay/providers/aws/aws-provider.ts';
import type { Fleet } from '../../src/features/relay/providers/aws/fleet-file.ts';
import type {
  InstanceDescription,
  InstanceRef,
  Placement,
  ProvisionRequest,
  RelayProvider,
} from '../../src/features/relay/providers/provider.ts';
import { type Ec2, type Ec2Options, startEc2 } from './ec2/index.ts';
import { createStillClock, type StillClock } from './still-clock.ts';

export const HOME = 'us-east-1';
export const AWAY = 'eu-west-1';
/** Where our own probes come from in tests. */
export const PROBES = '198.51.100.0/24';
export const READER = '203.0.113.7';

/** A provider with an EC2 of its own. */
export interface AwsRelays {
  ec2: Ec2;
  provider: RelayProvider;
  clock: StillClock;
  /** Every line that was logged. */
  log: string[];
  /** Another process with the same fleet, or one that was changed meanwhile. */
  another(changes?: Partial<Fleet>): RelayProvider;
  close(): Promise<void>;
}

export interface AwsRelaysOptions {
  ec2?: Ec2Options;
  fleet?: Partial<Fleet>;
  requestLimitMs?: number;
}

/** Things take no time at EC2, unless told otherwise, and no relay answers anything. */
export async function startAwsRelays({ ec2: given = {}, fleet = {}, requestLimitMs }: AwsRelaysOptions = {}) {
  const ec2 = await startEc2({ endpoints: false, ...given });
  const clock = createStillClock('2026-03-01T12:00:00Z');
  const log: string[] = [];
  const providers: RelayProvider[] = [];

  function another(changes: Partial<Fleet> = {}): RelayProvider {
    const whole = { ...fleetOf(ec2), ...fleet, ...changes };
    const provider = createAwsProvider({
      fleet: whole,
      regions: [...whole.regions.keys()],
      access: {
        endpointUrl: ec2.url,
        credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'aws-secret-of-the-test' },
        ...(requestLimitMs === undefined ? {} : { requestLimitMs }),
      },
      clock,
      logger: pino({ level: 'trace' }, { write: (line: string) => void log.push(line) }),
    });
    providers.push(provider);
    return provider;
  }

  const relays: AwsRelays = {
    ec2,
    provider: another(),
    clock,
    log,
    another,
    async close() {
      await Promise.all(providers.map((provider) => provider.close()));
      await ec2.close();
    },
  };
  return relays;
}

/** Two types in all subnets of both regions. */
export function fleetOf(ec2: Ec2): Fleet {
  return {
    instanceTypes: ['t3.small', 'c7i.large'],
    elasticIps: false,
    probeCidr: PROBES,
    images: { srtla: 'ghcr.io/example/srtla:1', sls: 'ghcr.io/example/sls:1' },
    regions: new Map(
      [HOME, AWAY].map((region) => {
        const { imageIds, subnets, groupId } = ec2.place(region);
        const ami = imageIds[0] as string;
        return [region, { ami, subnets: subnets.map(({ subnetId }) => subnetId), securityGroup: groupId }];
      }),
    ),
  };
}

/** The names of the places in a region, in the order in which they are tried. */
export function placeNames(ec2: Ec2, region: string): string[] {
  const { instanceTypes, regions } = fleetOf(ec2);
  return instanceTypes.flatMap(
    (type) => regions.get(region)?.subnets.map((subnet) => `${region}/${type}/${subnet}`) ?? [],
  );
}

export function requestFor(session = 'ses_1', changes: Partial<ProvisionRequest> = {}): ProvisionRequest {
  return {
    token: `${session}:1`,
    sessionId: session,
    userId: 'usr_1',
    deployment: 'test',
    region: HOME,
    anyRegion: true,
    streamToken: `stream-of-${session}`,
    relayKey: `relay-key-of-the-session-${session}`,
    healthUrl: 'https://api.example.com/api/v1/relay/health',
    statsReader: READER,
    ...changes,
  };
}

/** A placement that remembers what is noted. */
export function placementFrom(last: string | null = null): Placement & { notes: string[] } {
  const notes: string[] = [];
  return {
    get last() {
      return notes.at(-1) ?? last;
    },
    notes,
    async note(place) {
      notes.push(place);
    },
  };
}

/** Names an instance as one that was asked for now. */
export function refFor(
  { instanceId, sessionId, region }: InstanceDescription,
  clock: StillClock,
): Required<InstanceRef> {
  return { instanceId, sessionId, region, requestedAt: clock.now() };
}
