import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { run } from '../../../src/database/embedded/run.ts';
import { findFreePort } from '../free-port.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { makeOwnFolder } from './own-folder.ts';

/** Where Debian has the programs of PostgreSQL 15. */
export const POSTGRES_BIN = '/usr/lib/postgresql/15/bin';

export interface ClusterOptions {
  /** How those who connect are proven. Default: by a password (SCRAM). */
  auth?: 'trust' | 'scram-sha-256';
  /** Settings of the server, such as `max_connections`, on top of those that make it quick. */
  settings?: Record<string, string>;
  /** Begins as a hot standby that streams from this one, with its password and its pg_hba.conf. */
  copyOf?: Cluster;
}

/** A PostgreSQL of its own, as Debian packs it, on loopback. */
export interface Cluster {
  port: number;
  /** The superuser's, empty with `trust`. */
  password: string;
  dataDir: string;
  /** URL of a database, for the superuser `postgres` unless told otherwise. */
  urlOf(database?: string, user?: string, password?: string): string;
  /** Runs statements as the superuser; the rows of the last one. */
  query(sql: string, database?: string): Promise<Record<string, unknown>[]>;
  /** Reads pg_hba.conf and settings anew. */
  reload(): void;
  /** Ends the server, which cuts all connections; its data stays. `immediate`: as when the machine loses power. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  remove(): Promise<void>;
  /** What the server logged. */
  log(): string;
}

const SUPERUSER = 'postgres';
const STOP_SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;
const QUICK = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', shared_buffers: '32MB' };

/**
 * Makes a cluster and starts it; as root, as the user `postgres`. `remove` it at the end; a run that is cut short ends
 * the server too.
 *
 * @throws Error with what initdb or the server wrote if that fails.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { auth = 'scram-sha-256', settings = {}, copyOf } = options;
  const { path, account } = await makeOwnFolder('cluster');
  const dataDir = join(path, 'data');
  const password = copyOf?.password ?? (auth === 'trust' ? '' : randomBytes(24).toString('base64url'));
  await (copyOf ? copyData(copyOf) : makeData());
  const port = await findFreePort();
  const all = { ...QUICK, ...settings, listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '' };
  const args = ['-D', dataDir, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  let server: Daemon | undefined;
  let log = '';

  async function makeData(): Promise<void> {
    const passwordFile = join(path, 'password');
    // Readable by its reader alone: the folder is.
    if (password !== '') await writeFile(passwordFile, password);
    const access = [`--auth=${auth}`, ...(password === '' ? [] : [`--pwfile=${passwordFile}`])];
    const kind = ['--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions', `--username=${SUPERUSER}`];
    const outcome = await run(`${POSTGRES_BIN}/initdb`, [`--pgdata=${dataDir}`, ...access, ...kind], account);
    await rm(passwordFile, { force: true });
    if (outcome.code !== 0) throw new Error(`initdb could not make a cluster in ${dataDir}:\n${outcome.output}`);
  }

  async function copyData(primary: Cluster): Promise<void> {
    const from = [`--dbname=${primary.urlOf()}`, '--write-recovery-conf', '--checkpoint=fast', '--no-sync'];
    const outcome = await run(`${POSTGRES_BIN}/pg_basebackup`, [`--pgdata=${dataDir}`, ...from], account);
    if (outcome.code !== 0) throw new Error(`pg_basebackup could not copy to ${dataDir}:\n${outcome.output}`);
  }

  const urlOf = (database = 'postgres', user = SUPERUSER, secret = user === SUPERUSER ? password : '') =>
    `postgres://${user}${secret === '' ? '' : `:${encodeURIComponent(secret)}`}@127.0.0.1:${port}/${database}`;

  async function query(sql: string, database?: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: urlOf(database) });
    // One that is ended between two statements is told by the next.
    client.on('error', () => undefined);
    await client.connect();
    try {
      const result: pg.QueryResult | pg.QueryResult[] = await client.query(sql);
      return (Array.isArray(result) ? result.at(-1) : result)?.rows ?? [];
    } finally {
      await client.end();
    }
  }

  async function start(): Promise<void> {
    server = await startDaemon({
      file: `${POSTGRES_BIN}/postgres`,
      args,
      account,
      assertReady: async () => void (await query('select 1')),
      stopSignal: STOP_SIGNALS.fast,
      killSignal: STOP_SIGNALS.immediate,
    });
  }

  async function stop(mode: keyof typeof STOP_SIGNALS = 'fast'): Promise<void> {
    await server?.stop(STOP_SIGNALS[mode]);
    log += server?.output() ?? '';
    server = undefined;
  }

  await start();
  return {
    port,
    password,
    dataDir,
    urlOf,
    query,
    reload: () => server?.kill('SIGHUP'),
    stop,
    start,
    async remove() {
      await stop('immediate');
      await rm(path, { recursive: true, force: true });
    },
    log: () => log + (server?.output() ?? ''),
  };
}
