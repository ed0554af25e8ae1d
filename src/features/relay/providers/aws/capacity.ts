import { DescribeInstanceTypesCommand, type Instance } from '@aws-sdk/client-ec2';
import { GetServiceQuotaCommand } from '@aws-sdk/client-service-quotas';
import type { RegionCapacity, RelayProvider } from '../provider.ts';
import { codeOf } from './errors.ts';
import { findInstances } from './find.ts';
import type { AwsParts } from './parts.ts';
import { placesIn } from './places.ts';
import { TAG } from './tags.ts';

/** Running On-Demand Standard instances, in vCPUs. */
const QUOTA = { ServiceCode: 'ec2', QuotaCode: 'L-1216C47A' };
const QUOTA_FRESH_MS = 3_600_000;
/** With room for fewer launches than this there are few. */
const FEW = 10;
const COUNTED_STATES = ['pending', 'running'];

type Available = RegionCapacity['available'];

/**
 * Tells how much room the quotas leave beside all relays of the account, whichever deployment's. Where that cannot be
 * learnt there counts as plenty: a launch will find out.
 */
export function createCapacity(parts: AwsParts): RelayProvider['capacity'] {
  const { clients, clock, fleet, logger } = parts;
  const quotas = new Map<string, { vcpus: number; askedAt: number }>();
  const typeSizes = new Map<string, Map<string, number>>();
  const told = new Set<string>();

  async function quotaOf(region: string): Promise<number> {
    const now = clock.now().getTime();
    const known = quotas.get(region);
    if (known && Math.abs(now - known.askedAt) < QUOTA_FRESH_MS) return known.vcpus;
    const { Quota } = await clients.quotas(region).send(new GetServiceQuotaCommand(QUOTA));
    const vcpus = Quota?.Value ?? Number.POSITIVE_INFINITY;
    quotas.set(region, { vcpus, askedAt: now });
    return vcpus;
  }

  async function sizesIn(region: string): Promise<Map<string, number>> {
    const known = typeSizes.get(region);
    if (known) return known;
    const command = new DescribeInstanceTypesCommand({ InstanceTypes: [...fleet.instanceTypes] as never[] });
    const { InstanceTypes = [] } = await clients.ec2(region).send(command);
    const sizes = new Map(
      InstanceTypes.map(({ InstanceType, VCpuInfo }) => [String(InstanceType), VCpuInfo?.DefaultVCpus ?? 1]),
    );
    typeSizes.set(region, sizes);
    return sizes;
  }

  async function roomIn(region: string): Promise<Available> {
    const [quota, sizes, instances] = await Promise.all([
      quotaOf(region),
      sizesIn(region),
      findInstances(parts, region, [
        { Name: 'tag-key', Values: [TAG.deployment] },
        { Name: 'instance-state-name', Values: COUNTED_STATES },
      ]),
    ]);
    const size = sizes.get(fleet.instanceTypes[0] as string) ?? 1;
    const used = instances.reduce((sum, instance) => sum + (sizes.get(typeOf(instance)) ?? size), 0);
    const launches = Math.floor((quota - used) / size);
    return launches >= FEW ? 'plenty' : launches > 0 ? 'few' : 'none';
  }

  async function availableIn(region: string): Promise<Available> {
    if (parts.marks.areFull(placesIn(fleet, [region]))) return 'none';
    try {
      return await roomIn(region);
    } catch (error) {
      tellOnce(region, codeOf(error));
      return 'plenty';
    }
  }

  function tellOnce(region: string, code: string): void {
    if (told.has(`${region} ${code}`)) return;
    told.add(`${region} ${code}`);
    logger.warn({ region, code }, 'aws_capacity_unknown');
  }

  return () => Promise.all(parts.regions.map(async (region) => ({ region, available: await availableIn(region) })));
}

function typeOf({ InstanceType }: Instance): string {
  return String(InstanceType);
}
