import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { ListenAddress } from './config.ts';
import { parseProcesses } from './config-processes.ts';
import { DEFAULT_PLANS_FILE, readPlansFile } from './features/account/plans-file.ts';
import { readFleetFile } from './features/relay/providers/aws/fleet-file.ts';
import { readCloudflareRanges } from './http/cloudflare-ranges.ts';
import { SAMPLERS } from './observability/tracing/settings.ts';
import { FileFaultsError } from './yaml-file.ts';

const SHORTEST_SECRET = 32;
const FACTOR_RANGE = 'must be between 0 and 1000';
const RATIO_RANGE = 'must be between 0 and 1';
const region = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be made of a-z, 0-9 and -');
const secret = z.string().min(SHORTEST_SECRET, `must have at least ${SHORTEST_SECRET} characters`);
const postgresUrl = z.string().regex(/^postgres(ql)?:\/\//, 'must begin with postgres://');

const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .transform((url) => url.replace(/\/+$/, ''));
const origin = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text, {
    error: 'must be origins such as https://example.com',
  });

/** Every variable by itself: its form, its default, and what it is read as. */
export const schema = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  LISTEN_ADDR: z.string().default(':8080').transform(parseListenAddress),
  ADMIN_LISTEN_ADDR: z.string().default('127.0.0.1:9090').transform(parseListenAddress),
  WEB_CONCURRENCY: z.string().default('1').transform(parseProcesses),
  DATA_DIR: z
    .string()
    .default('./.data')
    .transform((dir) => resolve(dir)),
  DATABASE_URL: postgresUrl.optional(),
  DATABASE_DIRECT_URL: postgresUrl.optional(),
  PUBLIC_BASE_URL: httpUrl
    .refine((url) => URL.canParse(url) && new URL(url).origin === url, {
      error: 'must be an origin such as https://api.example.com, without a path',
    })
    .optional(),
  JWT_SECRET: secret,
  JWT_SECRET_PREVIOUS: secret.optional(),
  REFRESH_TOKEN_SECRET: secret,
  REFRESH_TOKEN_SECRET_PREVIOUS: secret.optional(),
  RELAY_SHARED_KEY: secret,
  RELAY_SHARED_KEY_PREVIOUS: secret.optional(),
  PLUGIN_LOGIN_COMPLETE_KEY: secret,
  PLUGIN_LOGIN_COMPLETE_KEY_PREVIOUS: secret.optional(),
  // A slash at its end is part of an issuer's name.
  OIDC_ISSUER: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .refine((url) => !/[?#@]/.test(url), { error: 'must have no user, query or fragment' })
    .optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  OIDC_SCOPES: list('openid,email,profile', /[\s,]+/).pipe(
    z.array(z.string()).refine((scopes) => scopes.includes('openid'), { error: 'must have `openid` among them' }),
  ),
  OIDC_TRUSTED_EMAIL: z.enum(['true', 'false']).default('false'),
  OIDC_PROVIDER_NAME: z.string().max(40, 'must have at most 40 characters').optional(),
  GEOIP_FILE: z.string().refine(existsSync, { error: 'must be a file' }).optional(),
  RELAY_PROVIDER: z.enum(['local', 'aws', 'pool']).default('local'),
  SUPPORTED_REGIONS: list('us-east-1,eu-west-1').pipe(z.array(region).min(1)),
  DEFAULT_REGION: region.optional(),
  REGION_ALIASES: list('us-east=us-east-1,eu-west=eu-west-1').transform(parseAliases),
  RELAY_DOMAIN: z
    .string()
    .regex(
      /^(?=.{1,200}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
      'must be a domain such as relays.example.com',
    )
    .optional(),
  STATS_ACCESS: z.enum(['caller', 'open']).default('caller'),
  AWS_FLEET_FILE: z.string().transform(contentOf(readFleetFile)).optional(),
  AWS_ENDPOINT_URL: httpUrl.optional(),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  AWS_SESSION_TOKEN: z.string().optional(),
  POOL_API_KEY: z.string().optional(),
  CLOUDFLARE_API_TOKEN: z.string().optional(),
  CLOUDFLARE_ZONE_ID: z
    .string()
    .regex(/^[0-9a-f]{32}$/, 'must be 32 hexadecimal digits')
    .optional(),
  CLOUDFLARE_API_BASE_URL: httpUrl.default('https://api.cloudflare.com/client/v4'),
  DEPLOYMENT_NAME: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/, 'must be 1 to 32 of a-z, 0-9 and -')
    .default('development'),
  MIN_CLIENT_VERSION: z
    .string()
    .regex(/^\d+\.\d+\.\d+$/, 'must look like 1.2.3')
    .optional(),
  TRUSTED_PROXIES: list('').pipe(
    z.array(z.union([z.literal('cloudflare'), z.cidrv4(), z.cidrv6()], { error: 'must be CIDRs or `cloudflare`' })),
  ),
  CLOUDFLARE_RANGES_FILE: z.string().transform(contentOf(readCloudflareRanges)).optional(),
  PLANS_FILE: z.string().default(DEFAULT_PLANS_FILE).transform(contentOf(readPlansFile)),
  METERING_POLICY: z.enum(['session', 'ingest']).default('session'),
  LEMONSQUEEZY_API_KEY: z.string().optional(),
  LEMONSQUEEZY_API_BASE_URL: httpUrl.default('https://api.lemonsqueezy.com'),
  LEMONSQUEEZY_STORE_ID: z
    .string()
    .regex(/^\d{1,20}$/, 'must be a number')
    .optional(),
  // The seller takes secrets of 6 to 40 characters.
  LEMONSQUEEZY_WEBHOOK_SECRET: secret.optional(),
  LEMONSQUEEZY_WEBHOOK_SECRET_PREVIOUS: secret.optional(),
  LEMONSQUEEZY_MODE: z.enum(['test', 'live']).optional(),
  CHECKOUT_REDIRECT_ORIGINS: list('').pipe(z.array(origin)),
  READ_CACHE: z.enum(['on', 'off']).default('on'),
  RATE_LIMIT_STORE: z.enum(['memory', 'postgres']).default('memory'),
  RATE_LIMIT_FACTOR: z.coerce
    .number({ error: 'must be a number' })
    .min(0, FACTOR_RANGE)
    .max(1000, FACTOR_RANGE)
    .default(1),
  BACKUP_DIR: z
    .string()
    .transform((dir) => resolve(dir))
    .optional(),
  BACKUP_S3_URL: z.string().transform(parseS3Url).optional(),
  BACKUP_S3_ENDPOINT_URL: httpUrl.optional(),
  BACKUP_S3_REGION: z.string().default('us-east-1'),
  BACKUP_S3_ACCESS_KEY_ID: z.string().optional(),
  BACKUP_S3_SECRET_ACCESS_KEY: z.string().optional(),
  BACKUP_AGE_RECIPIENTS: list('', /[\s,]+/).pipe(
    z.array(z.string().regex(/^age1[0-9a-z]{50,}$/, 'must be age recipients (age1…), not identities')),
  ),
  BACKUP_AGE_IDENTITY_FILE: z.string().optional(),
  BACKUP_ENCRYPTION: z.enum(['age', 'none']).optional(),
  BACKUP_SCHEDULE: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day in UTC such as 03:15')
    .optional(),
  PG_BIN_DIR: z.string().optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
  OTEL_EXPORTER_OTLP_HEADERS: list('').transform(parseHeaders),
  OTEL_SERVICE_NAME: z.string().min(1).default('telemy-control-plane'),
  OTEL_TRACES_SAMPLER: z.enum(SAMPLERS).default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number({ error: 'must be a number' })
    .min(0, RATIO_RANGE)
    .max(1, RATIO_RANGE)
    .default(1),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

/** What the environment says, read. */
export type Variables = z.output<typeof schema>;

function list(fallback: string, separator: string | RegExp = ',') {
  return z
    .string()
    .default(fallback)
    .transform((text) =>
      text
        .split(separator)
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    );
}

/** What a file holds; each fault of it becomes one of the configuration. */
function contentOf<T>(read: (path: string) => T) {
  return (path: string, ctx: z.RefinementCtx): T => {
    try {
      return read(path);
    } catch (error) {
      if (!(error instanceof FileFaultsError)) throw error;
      for (const fault of error.faults) ctx.addIssue({ code: 'custom', message: `(${path}) ${fault}` });
      return z.NEVER;
    }
  };
}

function parseAliases(items: string[]): [string, string][] {
  return items.map((item) => {
    const [from = '', to = ''] = item.split('=');
    return [from.trim().toLowerCase(), to.trim()];
  });
}

function parseS3Url(text: string, ctx: z.RefinementCtx): { bucket: string; prefix: string } {
  const [, bucket, path = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(text) ?? [];
  if (bucket === undefined) {
    ctx.addIssue({ code: 'custom', message: 'must look like s3://bucket/folder' });
    return z.NEVER;
  }
  return { bucket, prefix: path.replace(/\/*$/, path === '' ? '' : '/') };
}

/** `name=value`, the value percent-encoded (https://opentelemetry.io/docs/specs/otel/protocol/exporter/). */
function parseHeaders(items: string[], ctx: z.RefinementCtx): Record<string, string> {
  const pairs = items.map((item) => /^([\w-]+)\s*=\s*(.*)$/.exec(item));
  try {
    return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? fail(), decodeURIComponent(pair?.[2] ?? '')]));
  } catch {
    ctx.addIssue({ code: 'custom', message: 'must look like name=value,…' });
    return z.NEVER;
  }
}

function fail(): never {
  throw new Error('no name');
}

function parseListenAddress(text: string, ctx: z.RefinementCtx): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65535) {
    ctx.addIssue({ code: 'custom', message: 'must look like host:port or :port' });
    return z.NEVER;
  }
  return { host: match[1] ?? (match[2] || undefined), port };
}
