import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { describeFault, FileFaultsError, readYamlFile } from '../../src/yaml-file.ts';
import { MoveError } from './move-error.ts';

const databaseUrl = z.string().regex(/^postgres(ql)?:\/\//, { error: 'must begin with postgres://' });
const origin = z
  .string()
  .regex(/^https?:\/\/(\d{1,3}\.){3}\d{1,3}:\d+$/, { error: 'must be http://IPV4:PORT', abort: true })
  .refine((text) => URL.canParse(text), { error: 'must be http://IPV4:PORT' });
const host = z
  .strictObject({ database_url: databaseUrl.optional(), database_url_file: z.string().optional(), origin })
  .refine((one) => (one.database_url === undefined) !== (one.database_url_file === undefined), {
    error: 'exactly one of database_url and database_url_file is required',
  });
const schema = z.strictObject({
  work_dir: z.string().min(1),
  old: host,
  new: host,
  role: z.string().min(1),
  api_host: z.string().min(1),
  jwt_secret_file: z.string().min(1),
  cloudflare: z.strictObject({
    zone_id: z.string().regex(/^[0-9a-f]{32}$/, { error: 'must be 32 hexadecimal digits' }),
    api_token_file: z.string().optional(),
    origin_rule_id: z.string().optional(),
  }),
  // A key whose lines are all comments is null.
  hooks: z.strictObject({ new_writer: z.string().optional(), old_writer: z.string().optional() }).nullish(),
  pg_bin_dir: z.string().optional(),
});

/** One of the two hosts. */
export interface Host {
  name: 'old' | 'new';
  /** For its owner or a superuser, past any pooler. */
  databaseUrl: string;
  /** Where its API is reached directly, `http://IPV4:PORT`. */
  origin: string;
}

/** What a move is told. */
export interface MoveConfig {
  /** Absolute; has the journal, the dump and its figures. */
  workDir: string;
  old: Host;
  new: Host;
  /** Owner of everything in the new database. */
  role: string;
  /** Name of the API, which is also the name of the DNS record. */
  apiHost: string;
  jwtSecret: string;
  cloudflare: { zoneId: string; token: string; baseUrl: string; originRuleId: string | undefined };
  /** Shell commands that start the service as the writer. */
  hooks: { newWriter: string | undefined; oldWriter: string | undefined };
  pgBinDir: string | undefined;
}

/** Reads the file of a move. @throws MoveError that lists every fault. */
export function loadMoveConfig(file: string, env: NodeJS.ProcessEnv): MoveConfig {
  let content: unknown;
  try {
    content = readYamlFile(file);
  } catch (error) {
    if (!(error instanceof FileFaultsError)) throw error;
    throw new MoveError(`${file} ${error.message}. \`migrate-host plan --example\` prints one to begin with.`);
  }
  const parsed = schema.safeParse(content, { reportInput: true });
  const faults = parsed.success ? [] : parsed.error.issues.map(describeFault);
  const moved = parsed.success ? resolveFile(parsed.data, env, faults) : undefined;
  if (moved && faults.length === 0) return moved;
  throw new MoveError([`${file}:`, ...faults].join('\n  '));
}

/** Reads what the file points to, and adds to the faults what can't be used. */
function resolveFile(data: z.infer<typeof schema>, env: NodeJS.ProcessEnv, faults: string[]): MoveConfig {
  const readSecret = (field: string, file: string): string => {
    try {
      const secret = readFileSync(file, 'utf8').trim();
      if (secret === '') faults.push(`${field}: ${file} is empty`);
      return secret;
    } catch (error) {
      faults.push(`${field}: ${file} can't be read: ${(error as Error).message}`);
      return '';
    }
  };
  const toHost = (name: Host['name']): Host => {
    const { database_url: url, database_url_file: urlFile, origin } = data[name];
    const databaseUrl = url ?? readSecret(`${name}.database_url_file`, urlFile as string);
    if (databaseUrl !== '' && !isDatabaseUrl(databaseUrl)) faults.push(`${name}: the database's URL can't be used`);
    return { name, databaseUrl, origin };
  };
  const { zone_id: zoneId, api_token_file: ownFile, origin_rule_id: originRuleId } = data.cloudflare;
  const tokenFile = ownFile ?? env.CLOUDFLARE_API_TOKEN_FILE;
  const token = tokenFile ? readSecret('cloudflare.api_token_file', tokenFile) : env.CLOUDFLARE_API_TOKEN;
  if (!tokenFile && !token) faults.push('cloudflare.api_token_file: is required without CLOUDFLARE_API_TOKEN');
  const [old, next] = [toHost('old'), toHost('new')];
  const areUsable = isDatabaseUrl(old.databaseUrl) && isDatabaseUrl(next.databaseUrl);
  if (areUsable && placeOf(old.databaseUrl) === placeOf(next.databaseUrl)) {
    faults.push('new: names the same database as old');
  }
  if (new URL(old.origin).port !== new URL(next.origin).port && !originRuleId) {
    faults.push('cloudflare.origin_rule_id: is required, because the hosts listen on different ports');
  }
  return {
    workDir: resolve(data.work_dir),
    old,
    new: next,
    role: data.role,
    apiHost: data.api_host.toLowerCase(),
    jwtSecret: readSecret('jwt_secret_file', data.jwt_secret_file),
    cloudflare: {
      zoneId,
      token: token ?? '',
      baseUrl: env.CLOUDFLARE_API_BASE_URL ?? 'https://api.cloudflare.com/client/v4',
      originRuleId,
    },
    hooks: { newWriter: data.hooks?.new_writer, oldWriter: data.hooks?.old_writer },
    pgBinDir: data.pg_bin_dir ?? env.PG_BIN_DIR,
  };
}

const isDatabaseUrl = (url: string): boolean => URL.canParse(url) && databaseUrl.safeParse(url).success;

/** Tells one move from another: the places, no secret. */
export function digestOf(config: MoveConfig): string {
  const { old, new: next, role, apiHost, cloudflare } = config;
  const places = [old, next].flatMap((one) => [placeOf(one.databaseUrl), one.origin]);
  const parts = [...places, role, apiHost, cloudflare.zoneId, cloudflare.originRuleId ?? ''];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** A database without its user and password. */
export function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
