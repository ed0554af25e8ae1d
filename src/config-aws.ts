import type { Config } from './config.ts';
import type { Variables } from './config-schema.ts';

export function toAws(values: Variables): Config['aws'] {
  const { AWS_FLEET_FILE: fleet, AWS_ENDPOINT_URL: endpointUrl } = values;
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: token } = values;
  if (fleet === undefined) return undefined;
  const isGiven = accessKeyId !== undefined && secretAccessKey !== undefined;
  return {
    fleet,
    endpointUrl,
    credentials: isGiven
      ? { accessKeyId, secretAccessKey, ...(token === undefined ? {} : { sessionToken: token }) }
      : undefined,
  };
}

/** What is wrong with the variables of relays on EC2 when they are taken together. */
export function awsFaults(values: Partial<Variables>, given: (name: string) => boolean): string[] {
  const { AWS_FLEET_FILE: fleet, SUPPORTED_REGIONS: supported = [] } = values;
  const needed = values.RELAY_PROVIDER === 'aws' ? (['AWS_FLEET_FILE', 'PUBLIC_BASE_URL'] as const) : [];
  const faults = needed.filter((name) => !given(name)).map((name) => `${name} is required with RELAY_PROVIDER=aws`);
  const pair = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const;
  const [missing, ...others] = pair.filter((name) => !given(name));
  if (missing && others.length === 0)
    faults.push(`${missing} is required with ${pair.find((name) => name !== missing)}`);
  if (!fleet) return faults;
  const unknown = supported.filter((region) => !fleet.regions.has(region));
  faults.push(...unknown.map((region) => `AWS_FLEET_FILE must have ${region}, which is in SUPPORTED_REGIONS`));
  if (values.STATS_ACCESS === 'caller' && fleet.probeCidr === null) {
    faults.push('AWS_FLEET_FILE must have probe_cidr with STATS_ACCESS=caller');
  }
  return faults;
}
