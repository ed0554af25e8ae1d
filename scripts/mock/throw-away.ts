import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { type Config, loadConfig } from '../../src/config.ts';
import { openEmbeddedDatabase } from '../../src/database/embedded/index.ts';
import { migrateDatabase } from '../../src/database/migrate.ts';
import { withDevelopmentSecrets } from '../../src/development-secrets.ts';
import { stopRelayHost } from '../../src/features/relay/providers/local/index.ts';

/** A data folder with its own PostgreSQL, made for one run of the mock and removed at its end. */
export interface ThrowAway {
  config: Config;
  databaseUrl: string;
  /** Ends the relays and puts an empty database in the place of the one there is. Nobody may be using it. */
  empty(): Promise<void>;
  /** Ends the relays and the database, and removes everything. */
  remove(): Promise<void>;
}

/** What the environment may change. All else, above all databases and services elsewhere, is not the mock's to touch. */
const TAKEN = [
  'CHECKOUT_REDIRECT_ORIGINS',
  'DEFAULT_REGION',
  'LOG_LEVEL',
  'METERING_POLICY',
  'MIN_CLIENT_VERSION',
  'PLANS_FILE',
  'PUBLIC_BASE_URL',
  'RATE_LIMIT_FACTOR',
  'REGION_ALIASES',
  'SUPPORTED_REGIONS',
];
/** Durability is of no use to what is thrown away. */
const FAST = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
const EMPTY = 'telemy_empty';

/**
 * Makes the folder and the database. What can be emptied later on was thus made here, and never held anything of use.
 *
 * @throws ConfigError; Error that says what to do where PostgreSQL cannot run.
 */
export async function makeThrowAway(env: NodeJS.ProcessEnv, say: (text: string) => void): Promise<ThrowAway> {
  const dataDir = await mkdtemp(join(tmpdir(), 'telemy-mock-'));
  let home: string | undefined;
  let release: (() => Promise<void>) | undefined;
  const remove = async (): Promise<void> => {
    await stopRelayHost(join(dataDir, 'relays'));
    await release?.();
    // Root may have it elsewhere.
    for (const folder of [home, dataDir]) {
      if (folder !== undefined) await rm(folder, { recursive: true, force: true, maxRetries: 20 });
    }
  };
  try {
    // The user that PostgreSQL runs as must be able to pass through.
    await chmod(dataDir, 0o711);
    const taken = Object.fromEntries(TAKEN.map((name) => [name, env[name]]));
    const own = { LOG_LEVEL: env.LOG_LEVEL || 'warn', NODE_ENV: 'development', DATA_DIR: dataDir };
    const config = loadConfig(withDevelopmentSecrets({ ...taken, ...own }, dataDir));
    const embedded = await openEmbeddedDatabase({ dataDir, settings: FAST, onMessage: say });
    ({ release } = embedded);
    home = dirname(embedded.location);
    const { url } = embedded;
    await migrateDatabase(url);
    const name = new URL(url).pathname.slice(1);
    await onServer(url, `create database ${EMPTY} template ${name}`);
    return {
      config,
      databaseUrl: url,
      async empty() {
        await stopRelayHost(join(dataDir, 'relays'));
        await onServer(url, `drop database ${name} with (force)`);
        await onServer(url, `create database ${name} template ${EMPTY}`);
      },
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function onServer(url: string, sql: string): Promise<void> {
  const connectionString = Object.assign(new URL(url), { pathname: '/postgres' }).toString();
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
