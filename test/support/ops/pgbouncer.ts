import { rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { findFreePort } from '../free-port.ts';
import { startDaemon } from './daemon.ts';
import { makeOwnFolder } from './own-folder.ts';

export interface PgBouncerOptions {
  /** Port of the PostgreSQL on loopback that it leads to. */
  port: number;
  /** Passwords by user: they prove clients, and it to the server (SCRAM). */
  users: Record<string, string>;
  /** Default: `transaction`. */
  poolMode?: 'session' | 'transaction' | 'statement';
  /** Connections to the server for each pair of user and database. Default: 20. */
  poolSize?: number;
  /** Of pgbouncer.ini, on top of all these. */
  settings?: Record<string, string>;
}

/** A PgBouncer of its own, as Debian packs it, on loopback. */
export interface PgBouncer {
  port: number;
  pid: number;
  urlOf(database: string, user: string): string;
  /** A command of its console, such as `SHOW POOLS`. */
  console(command: string): Promise<Record<string, unknown>[]>;
  /** Writes other passwords or settings, and has it read them (RELOAD). */
  reload(changes: Partial<Pick<PgBouncerOptions, 'users' | 'settings'>>): Promise<void>;
  /** Everything that it logged. */
  log(): string;
  kill(signal: NodeJS.Signals): void;
  /** Ends it at once, which cuts all connections; its files stay. */
  halt(): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

const CONSOLE_USER = 'console';
const CONSOLE_PASSWORD = 'loopback-only';

/**
 * Starts PgBouncer before a PostgreSQL; as root, as the user `postgres`. `stop` it at the end.
 *
 * @throws Error with what it wrote if it doesn't start.
 */
export async function startPgBouncer(options: PgBouncerOptions): Promise<PgBouncer> {
  const { path, account } = await makeOwnFolder('pgbouncer');
  const port = await findFreePort();
  const [config, users] = [join(path, 'pgbouncer.ini'), join(path, 'users.txt')];
  let present = options;
  let written = 0;

  async function writeFiles(): Promise<void> {
    const passwords = { ...present.users, [CONSOLE_USER]: CONSOLE_PASSWORD };
    const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const lines = Object.entries(passwords).map((pair) => `${pair.map(quote).join(' ')}\n`);
    await writeFile(users, lines.join(''));
    // It reads them again only when their time is another, in whole seconds.
    written += 1;
    await utimes(users, written, written);
    await writeFile(config, toIni(present, { port, users }));
  }

  async function consoleQuery(command: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: urlOf('pgbouncer', CONSOLE_USER) });
    await client.connect();
    try {
      return (await client.query(command)).rows;
    } finally {
      await client.end();
    }
  }

  function urlOf(database: string, user: string): string {
    const password = user === CONSOLE_USER ? CONSOLE_PASSWORD : (present.users[user] ?? '');
    return `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
  }

  await writeFiles();
  const startOne = () =>
    startDaemon({
      file: '/usr/sbin/pgbouncer',
      args: [config],
      account,
      assertReady: async () => void (await consoleQuery('SHOW VERSION')),
      // Its safe shutdown (SIGINT) waits for clients.
      stopSignal: 'SIGTERM',
      killSignal: 'SIGKILL',
    });
  let daemon = await startOne();
  let log = '';
  return {
    port,
    get pid() {
      return daemon.pid;
    },
    urlOf,
    console: consoleQuery,
    async reload(changes) {
      present = { ...present, ...changes };
      await writeFiles();
      await consoleQuery('RELOAD');
    },
    log: () => log + daemon.output(),
    kill: (signal) => daemon.kill(signal),
    halt: () => daemon.stop(),
    async start() {
      log += daemon.output();
      daemon = await startOne();
    },
    async stop() {
      await daemon.stop();
      await rm(path, { recursive: true, force: true });
    },
  };
}

function toIni(options: PgBouncerOptions, own: { port: number; users: string }): string {
  const settings = {
    listen_addr: '127.0.0.1',
    listen_port: String(own.port),
    unix_socket_dir: '',
    auth_type: 'scram-sha-256',
    auth_file: own.users,
    admin_users: CONSOLE_USER,
    pool_mode: options.poolMode ?? 'transaction',
    default_pool_size: String(options.poolSize ?? 20),
    max_client_conn: '500',
    ...options.settings,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  return ['[databases]', `* = host=127.0.0.1 port=${options.port}`, '[pgbouncer]', ...lines, ''].join('\n');
}
