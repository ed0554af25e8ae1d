import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { awsFaults, toAws } from './config-aws.ts';
import { backupFaults, toBackup } from './config-backup.ts';
import { oidcFaults, toOidc } from './config-oidc.ts';
import { processFaults } from './config-processes.ts';
import { schema, type Variables } from './config-schema.ts';
import { vendorFaults } from './config-vendors.ts';
import type { BackupSettings } from './database/backup/settings.ts';
import type { Catalog } from './features/account/plans.ts';
import type { OidcSettings } from './features/auth/oidc-settings.ts';
import type { Fleet } from './features/relay/providers/aws/fleet-file.ts';
import type { TracingSettings } from './observability/tracing/settings.ts';

/** Where a server listens. Port 0 takes a free one. */
export interface ListenAddress {
  /** Undefined: every address of the machine. */
  host: string | undefined;
  port: number;
  /** True: other processes listen there too, and the system gives each connection to one of them (SO_REUSEPORT). */
  isShared?: boolean;
}

/** A secret and the one it replaces: the first signs, each of them verifies. */
export type SecretRing = readonly [current: string, ...previous: string[]];

/** Everything the environment decides, parsed once at the start. */
export interface Config {
  environment: 'development' | 'test' | 'production';
  listen: ListenAddress;
  adminListen: ListenAddress;
  /** How many processes answer requests, each with connections of its own. */
  processes: number;
  /** Absolute. */
  dataDir: string;
  /** Absent: the embedded database in `dataDir`. */
  databaseUrl: string | undefined;
  /** For what needs a session of its own, where `databaseUrl` leads to a pooler. */
  databaseDirectUrl: string | undefined;
  /** Without a trailing slash; absent: where the public server listens. */
  publicBaseUrl: string | undefined;
  secrets: {
    jwt: SecretRing;
    refreshToken: SecretRing;
    relayShared: SecretRing;
    pluginLoginComplete: SecretRing;
  };
  /** Where people sign in; undefined: nowhere, or in development at a provider on this machine. */
  oidc: OidcSettings | undefined;
  /** A database of countries by address (.mmdb). */
  geoipFile: string | undefined;
  relay: {
    /** Where new relays come from. */
    provider: 'local' | 'aws' | 'pool';
    supportedRegions: readonly string[];
    defaultRegion: string;
    /** Other names of the supported regions, in lower case. */
    regionAliases: ReadonlyMap<string, string>;
    /** Relays' names are below it; undefined: they have none. */
    domain: string | undefined;
    /** Who may read a relay's statistics. */
    statsAccess: 'caller' | 'open';
  };
  /** Marks this deployment's instances at the provider. */
  deploymentName: string;
  /** Relays on EC2; undefined: none are known of. */
  aws:
    | {
        fleet: Fleet;
        /** Of every service; undefined: AWS's own. */
        endpointUrl: string | undefined;
        /** Undefined: wherever the SDK finds some, such as the role of the instance that we run on. */
        credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | undefined;
      }
    | undefined;
  /** Relays on always-on hosts; undefined: none are known of. */
  pool: { apiKey: string } | undefined;
  /** Where names of relays are kept; undefined: nowhere. */
  dns: { baseUrl: string; token: string; zoneId: string } | undefined;
  minClientVersion: string | undefined;
  /** What is sold, and what it includes. */
  catalog: Catalog;
  /** Whether the time in `active` is billed, or only that with ingest as the relay reports it. */
  meteringPolicy: MeteringPolicy;
  billing: {
    /** LemonSqueezy; undefined: nothing is sold. */
    seller: { baseUrl: string; apiKey: string } | undefined;
    storeId: string;
    /** Empty: no webhook can be proven, so none is taken. */
    webhookSecrets: readonly string[];
    mode: 'test' | 'live';
    /** Origins to which browsers may be sent after paying. */
    redirectOrigins: readonly string[];
  };
  backup: BackupSettings;
  /** CIDRs whose X-Forwarded-For and X-Forwarded-Proto are believed, or `cloudflare` for Cloudflare's ranges and header. */
  trustedProxies: readonly string[];
  /** What `cloudflare` stands for there; undefined: the list that comes with the server. */
  cloudflareRanges: readonly string[] | undefined;
  /** Whether reads of an account that hasn't changed may go without the database. */
  readCache: boolean;
  /** Where requests are counted: each process for itself, or all of them together. */
  rateLimitStore: 'memory' | 'postgres';
  /** Scales every rate limit; 0 turns them off. */
  rateLimitFactor: number;
  logLevel: string;
  /** Where traces go; undefined: none are recorded. */
  tracing: TracingSettings | undefined;
}

/** The environment cannot be used; the message lists every fault. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length} fault${faults.length === 1 ? '' : 's'}:\n${faults.map((f) => `  - ${f}`).join('\n')}`,
    );
    this.faults = faults;
  }
}

/** The secrets by their names in the environment. Each also as `NAME_PREVIOUS`, and each of those as `…_FILE`. */
export const SECRET_NAMES = [
  'JWT_SECRET',
  'REFRESH_TOKEN_SECRET',
  'RELAY_SHARED_KEY',
  'PLUGIN_LOGIN_COMPLETE_KEY',
] as const;

/** Made in development; elsewhere only there if something is sold. */
export const BILLING_SECRET_NAME = 'LEMONSQUEEZY_WEBHOOK_SECRET';

export type MeteringPolicy = 'session' | 'ingest';

export type SecretName = (typeof SECRET_NAMES)[number];

type Environment = Readonly<Record<string, string | undefined>>;

/** A random secret has at least so many different characters, even one of hexadecimal digits. */
const FEWEST_CHARACTERS = 8;
/** What may come from a file, which `NAME_FILE` names then. */
export const FILE_NAMES: readonly string[] = [
  ...SECRET_NAMES,
  ...SECRET_NAMES.map((name) => `${name}_PREVIOUS`),
  BILLING_SECRET_NAME,
  `${BILLING_SECRET_NAME}_PREVIOUS`,
  'LEMONSQUEEZY_API_KEY',
  'OIDC_CLIENT_SECRET',
  'CLOUDFLARE_API_TOKEN',
  'POOL_API_KEY',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'BACKUP_S3_SECRET_ACCESS_KEY',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'DATABASE_URL',
  'DATABASE_DIRECT_URL',
];

/**
 * Reads the configuration from the environment.
 *
 * @param env names and values; `NAME_FILE` stands for a file that holds the value of a secret.
 * @throws ConfigError that lists every fault.
 */
export function loadConfig(env: Environment): Config {
  const { values, faults } = withFiles(env);
  const parsed = schema.safeParse(values);
  const issues = parsed.error?.issues ?? [];
  faults.push(...issues.map((issue) => `${issue.path.join('.')} ${describe(issue, values)}`));
  faults.push(...crossChecks(readable(values), (name) => values[name] !== undefined));
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  return toConfig(parsed.data);
}

/** The values that are good by themselves, so that checks across them find their faults beside all others. */
function readable(values: Environment): Partial<Variables> {
  const fields = Object.entries(schema.shape).map(([name, field]) => [name, field.safeParse(values[name])] as const);
  return Object.fromEntries(fields.flatMap(([name, { success, data }]) => (success ? [[name, data]] : [])));
}

function describe(issue: z.core.$ZodIssue, values: Environment): string {
  return values[String(issue.path[0])] === undefined ? 'is required' : issue.message;
}

/** What is empty counts as absent, as in compose files that pass on unset variables, and mount a file for each secret. */
function withFiles(env: Environment): { values: Record<string, string | undefined>; faults: string[] } {
  const faults: string[] = [];
  const values: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(env)) if (value !== '') values[name] = value;
  for (const name of FILE_NAMES) {
    const file = values[`${name}_FILE`];
    if (file === undefined) continue;
    try {
      const text = readFileSync(file, 'utf8').trim();
      if (text !== '') values[name] = text;
    } catch (error) {
      faults.push(`${name}_FILE cannot be read: ${(error as Error).message}`);
    }
  }
  return { values, faults };
}

function toConfig(values: Variables): Config {
  const production = values.NODE_ENV === 'production';
  return {
    environment: values.NODE_ENV,
    listen: withDefaultHost(values.LISTEN_ADDR, production ? undefined : '127.0.0.1'),
    adminListen: withDefaultHost(values.ADMIN_LISTEN_ADDR, '127.0.0.1'),
    processes: values.WEB_CONCURRENCY,
    dataDir: values.DATA_DIR,
    databaseUrl: values.DATABASE_URL,
    databaseDirectUrl: values.DATABASE_DIRECT_URL,
    publicBaseUrl: values.PUBLIC_BASE_URL,
    secrets: {
      jwt: ring(values.JWT_SECRET, values.JWT_SECRET_PREVIOUS),
      refreshToken: ring(values.REFRESH_TOKEN_SECRET, values.REFRESH_TOKEN_SECRET_PREVIOUS),
      relayShared: ring(values.RELAY_SHARED_KEY, values.RELAY_SHARED_KEY_PREVIOUS),
      pluginLoginComplete: ring(values.PLUGIN_LOGIN_COMPLETE_KEY, values.PLUGIN_LOGIN_COMPLETE_KEY_PREVIOUS),
    },
    oidc: toOidc(values),
    geoipFile: values.GEOIP_FILE,
    relay: {
      provider: values.RELAY_PROVIDER,
      supportedRegions: values.SUPPORTED_REGIONS,
      defaultRegion: values.DEFAULT_REGION ?? (values.SUPPORTED_REGIONS[0] as string),
      regionAliases: new Map(values.REGION_ALIASES.filter(([, to]) => values.SUPPORTED_REGIONS.includes(to))),
      domain: values.RELAY_DOMAIN,
      statsAccess: values.STATS_ACCESS,
    },
    deploymentName: values.DEPLOYMENT_NAME,
    aws: toAws(values),
    pool: values.POOL_API_KEY === undefined ? undefined : { apiKey: values.POOL_API_KEY },
    dns: toDns(values),
    minClientVersion: values.MIN_CLIENT_VERSION,
    catalog: values.PLANS_FILE,
    meteringPolicy: values.METERING_POLICY,
    billing: {
      seller:
        values.LEMONSQUEEZY_API_KEY === undefined
          ? undefined
          : { baseUrl: values.LEMONSQUEEZY_API_BASE_URL, apiKey: values.LEMONSQUEEZY_API_KEY },
      storeId: values.LEMONSQUEEZY_STORE_ID ?? '',
      webhookSecrets: [values.LEMONSQUEEZY_WEBHOOK_SECRET, values.LEMONSQUEEZY_WEBHOOK_SECRET_PREVIOUS].filter(
        (one) => one !== undefined,
      ),
      mode: values.LEMONSQUEEZY_MODE ?? (production ? 'live' : 'test'),
      redirectOrigins: values.CHECKOUT_REDIRECT_ORIGINS,
    },
    backup: toBackup(values),
    trustedProxies: values.TRUSTED_PROXIES,
    cloudflareRanges: values.CLOUDFLARE_RANGES_FILE,
    readCache: values.READ_CACHE === 'on',
    rateLimitStore: values.RATE_LIMIT_STORE,
    rateLimitFactor: values.RATE_LIMIT_FACTOR,
    logLevel: values.LOG_LEVEL,
    tracing: toTracing(values),
  };
}

function toTracing(values: Variables): Config['tracing'] {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = values;
  return endpoint === undefined
    ? undefined
    : {
        endpoint,
        headers: values.OTEL_EXPORTER_OTLP_HEADERS,
        serviceName: values.OTEL_SERVICE_NAME,
        sampler: values.OTEL_TRACES_SAMPLER,
        samplerArg: values.OTEL_TRACES_SAMPLER_ARG,
      };
}

function toDns(values: Variables): Config['dns'] {
  const { CLOUDFLARE_API_BASE_URL: baseUrl, CLOUDFLARE_API_TOKEN: token, CLOUDFLARE_ZONE_ID: zoneId } = values;
  return token === undefined || zoneId === undefined ? undefined : { baseUrl, token, zoneId };
}

function crossChecks(values: Partial<Variables>, given: (name: string) => boolean): string[] {
  const faults: string[] = [];
  const { DEFAULT_REGION: region, SUPPORTED_REGIONS: supported, REGION_ALIASES: aliases = [] } = values;
  if (region !== undefined && supported && !supported.includes(region)) {
    faults.push(`DEFAULT_REGION must be one of SUPPORTED_REGIONS (${supported.join(', ')})`);
  }
  if (aliases.some(([from, to]) => from === '' || to === ''))
    faults.push('REGION_ALIASES must look like alias=region,…');
  if (values.LEMONSQUEEZY_API_KEY !== undefined) {
    const needed = ['LEMONSQUEEZY_STORE_ID', BILLING_SECRET_NAME] as const;
    const missing = needed.filter((name) => !given(name));
    faults.push(...missing.map((name) => `${name} is required with LEMONSQUEEZY_API_KEY`));
  }
  if (values.CLOUDFLARE_API_TOKEN !== undefined) {
    const missing = (['CLOUDFLARE_ZONE_ID', 'RELAY_DOMAIN'] as const).filter((name) => !given(name));
    faults.push(...missing.map((name) => `${name} is required with CLOUDFLARE_API_TOKEN`));
  }
  faults.push(...processFaults(values.NODE_ENV, values.WEB_CONCURRENCY));
  faults.push(...awsFaults(values, given));
  faults.push(...oidcFaults(values, given));
  faults.push(...backupFaults(values, given));
  if (values.RELAY_PROVIDER === 'pool' && !given('POOL_API_KEY')) {
    faults.push('POOL_API_KEY is required with RELAY_PROVIDER=pool');
  }
  if (values.NODE_ENV === 'production') faults.push(...productionChecks(values, given));
  return faults;
}

function productionChecks(values: Partial<Variables>, given: (name: string) => boolean): string[] {
  const names = ([...SECRET_NAMES, BILLING_SECRET_NAME] as const).flatMap(
    (name) => [name, `${name}_PREVIOUS`] as const,
  );
  const weak = names.filter((name) => {
    const value = values[name];
    return value !== undefined && new Set(value).size < FEWEST_CHARACTERS;
  });
  return [
    ...vendorFaults(values),
    ...weak.map((name) => `${name} must be random: it has fewer than ${FEWEST_CHARACTERS} different characters`),
    ...(values.LEMONSQUEEZY_API_KEY !== undefined && !given('PLANS_FILE')
      ? ['PLANS_FILE is required with LEMONSQUEEZY_API_KEY: the default one names the variants of the stand-in']
      : []),
    ...(values.RATE_LIMIT_FACTOR === 0 ? ['RATE_LIMIT_FACTOR must not be 0 in production'] : []),
  ];
}

function ring(current: string, previous: string | undefined): SecretRing {
  return previous === undefined ? [current] : [current, previous];
}

function withDefaultHost(address: ListenAddress, host: string | undefined): ListenAddress {
  return { host: address.host ?? host, port: address.port };
}
