import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { describeFault, FileFaultsError, readYamlFile } from '../../src/yaml-file.ts';
import { MoveError } from './move-error.ts';

const databaseUrl = z.string().regex(/^postgres(ql)?:\/\//, { error: 'must begin with postgres://' });
const origin = z.string().regex(/^https?:\/\/(\d{1,3}\.){3}\d{1,3}:\d+$/, { error: 'must be http://IPV4:PORT' });
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
  hooks: z.strictObject({ new_writer: z.string().optional(), old_writer: z.string().optional() }).default({}),
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
  const parsed = schema.safeParse(content);
  if (!parsed.success) throw new MoveError([`${file}:`, ...parsed.error.issues.map(describeFault)].join('\n  '));
  const { data } = parsed;
  const toHost = (name: Host['name']): Host => {
    const { database_url: url, database_url_file: urlFile, origin } = data[name];
    return { name, databaseUrl: url ?? readSecret(urlFile as string), origin };
  };
  const tokenFile = data.cloudflare.api_token_file ?? env.CLOUDFLARE_API_TOKEN_FILE;
  const token = tokenFile === undefined ? env.CLOUDFLARE_API_TOKEN : readSecret(tokenFile);
  if (!token) throw new MoveError('Set cloudflare.api_token_file, or CLOUDFLARE_API_TOKEN in the environment.');
  const moved: MoveConfig = {
    workDir: resolve(data.work_dir),
    old: toHost('old'),
    new: toHost('new'),
    role: data.role,
    apiHost: data.api_host.toLowerCase(),
    jwtSecret: readSecret(data.jwt_secret_file),
    cloudflare: {
      zoneId: data.cloudflare.zone_id,
      token,
      baseUrl: env.CLOUDFLARE_API_BASE_URL ?? 'https://api.cloudflare.com/client/v4',
      originRuleId: data.cloudflare.origin_rule_id,
    },
    hooks: { newWriter: data.hooks.new_writer, oldWriter: data.hooks.old_writer },
    pgBinDir: data.pg_bin_dir ?? env.PG_BIN_DIR,
  };
  if (placeOf(moved.old.databaseUrl) === placeOf(moved.new.databaseUrl)) {
    throw new MoveError('old and new name the same database.');
  }
  if (new URL(moved.old.origin).port !== new URL(moved.new.origin).port && !moved.cloudflare.originRuleId) {
    throw new MoveError('The hosts listen on different ports: cloudflare.origin_rule_id is required.');
  }
  return moved;
}

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

function readSecret(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new MoveError(`${file} can't be read: ${(error as Error).message}`);
  }
}

/** A file to begin with. */
export const EXAMPLE = `# Where the journal, the dump and its figures are kept; keep it until the old host is gone.
work_dir: ./move
old:
  # For the owner of the database or a superuser, past any pooler. Or database_url_file.
  database_url_file: ./old-database-url
  # The server itself, not its name: http://IPV4:PORT.
  origin: http://203.0.113.10:8080
new:
  database_url_file: ./new-database-url
  origin: http://203.0.113.20:8080
# Owns everything in the new database.
role: telemy
# The API's name, an A record at Cloudflare.
api_host: api.example.com
# Both hosts have the same secrets; this one signs the token of \`smoke\`.
jwt_secret_file: ./jwt-secret
cloudflare:
  zone_id: 0123456789abcdef0123456789abcdef
  # May edit DNS records and origin rules of the zone. Or CLOUDFLARE_API_TOKEN.
  api_token_file: ./cloudflare-token
  # The rule that leads to the port, if there is one.
  # origin_rule_id: 0123456789abcdef0123456789abcdef
hooks:
  # Start the whole service there. Left out: you are told to.
  # new_writer: ssh new systemctl restart telemy
  # old_writer: ssh old systemctl restart telemy
`;
