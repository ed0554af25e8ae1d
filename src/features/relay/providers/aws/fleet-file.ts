import { z } from 'zod';
import { describeFault, FileFaultsError, readYamlFile } from '../../../../yaml-file.ts';

/** What relays on EC2 are made of, and where. */
export interface Fleet {
  /** In the order in which they are tried. */
  instanceTypes: readonly string[];
  /** Whether a user's relays of one region keep one public address. */
  elasticIps: boolean;
  /** The addresses that our own probes come from, as a CIDR; null: not told. */
  probeCidr: string | null;
  /** Container images. */
  images: { srtla: string; sls: string };
  /** By name, in the file's order. */
  regions: ReadonlyMap<string, FleetRegion>;
}

/** One region of the fleet. */
export interface FleetRegion {
  ami: string;
  /** In the order in which they are tried. */
  subnets: readonly string[];
  /** What every relay has; opens the ports of the streams. */
  securityGroup: string;
}

const image = z.string().regex(/^[a-z0-9][A-Za-z0-9._:@/-]{0,254}$/, 'must be the name of a container image');
const schema = z.strictObject({
  instance_types: several(z.string().regex(/^[a-z0-9-]+\.[a-z0-9-]+$/, 'must look like t3.small')),
  elastic_ips: z.boolean().default(false),
  probe_cidr: z.union([z.cidrv4(), z.cidrv6()], { error: 'must be a CIDR such as 203.0.113.0/24' }).optional(),
  images: z.strictObject({ srtla: image, sls: image }),
  regions: z.record(
    z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be the name of a region'),
    z.strictObject({ ami: idOf('ami'), subnets: several(idOf('subnet')), security_group: idOf('sg') }),
  ),
});

/**
 * Reads a fleet from a YAML file; the README has an example.
 *
 * @throws FileFaultsError that lists every fault.
 */
export function readFleetFile(path: string): Fleet {
  const parsed = schema.safeParse(readYamlFile(path), { reportInput: true });
  if (!parsed.success) throw new FileFaultsError(parsed.error.issues.map(describeFault));
  const { instance_types, elastic_ips, probe_cidr, images, regions } = parsed.data;
  return {
    instanceTypes: instance_types,
    elasticIps: elastic_ips,
    probeCidr: probe_cidr ?? null,
    images,
    regions: new Map(
      Object.entries(regions).map(([name, { ami, subnets, security_group }]) => [
        name,
        { ami, subnets, securityGroup: security_group },
      ]),
    ),
  };
}

function idOf(kind: string) {
  return z.string().regex(new RegExp(`^${kind}-[0-9a-f]{8,17}$`), `must look like ${kind}-0123456789abcdef0`);
}

function several(item: z.ZodString) {
  return z
    .array(item)
    .min(1, 'must name at least one')
    .refine((items) => new Set(items).size === items.length, 'must name each only once');
}
