import { chown, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postgresAccount } from '../embedded/account.ts';
import { prepareBinaries } from '../embedded/binaries.ts';
import type { Account } from '../embedded/run.ts';
import { runPostgresTool } from './postgres-run.ts';
import { findPostgresTools, PostgresToolsMissingError } from './postgres-tools.ts';

export interface ScratchOptions {
  /** Lowest major version of PostgreSQL. */
  atLeast: number;
  binDir?: string | undefined;
  signal?: AbortSignal | undefined;
  /** PostgreSQL settings on top of those that make it quick. */
  settings?: Record<string, string>;
  say: (text: string) => void;
}

const START_LIMIT_MS = 120_000;
const NAME = 'postgres';

/**
 * Runs the work on a PostgreSQL of its own, with an empty database in a temporary folder, reached by a socket in it
 * alone. However the work ends, the server is stopped and the folder removed.
 *
 * @throws PostgresToolsMissingError; what the work throws.
 */
export async function withScratchCluster<T>(options: ScratchOptions, work: (url: string) => Promise<T>): Promise<T> {
  const { signal, say } = options;
  // PostgreSQL refuses to run as root.
  const account = process.getuid?.() === 0 ? await postgresAccount(say) : undefined;
  const { initdb, pgCtl } = await findServer(options, account);
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'telemy-scratch-')));
  const data = join(folder, 'data');
  const run = (file: string, args: string[], as = signal) =>
    runPostgresTool(file, args, { account, timeoutMs: START_LIMIT_MS, signal: as });
  try {
    if (account) await chown(folder, account.uid, account.gid);
    const form = ['--encoding=UTF8', '--locale=C', '--auth=trust', `--username=${NAME}`];
    await run(initdb, ['--no-sync', ...form, `--pgdata=${data}`]);
    const settings = `-c listen_addresses='' -c unix_socket_directories='${folder}' -c fsync=off -c full_page_writes=off${toFlags(options.settings ?? {})}`;
    try {
      await run(pgCtl, [
        'start',
        '--wait',
        `--pgdata=${data}`,
        `--log=${join(folder, 'log')}`,
        `--options=${settings}`,
      ]);
      return await work(`postgres://${NAME}@localhost/${NAME}?host=${encodeURIComponent(folder)}`);
    } finally {
      // Not to be broken off: a server that went on would keep the folder busy.
      await run(pgCtl, ['stop', '--mode=immediate', `--pgdata=${data}`], undefined).catch((error) =>
        say(error.message),
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function toFlags(settings: Record<string, string>): string {
  return Object.entries(settings)
    .map(([name, value]) => ` -c ${name}=${value}`)
    .join('');
}

/** PostgreSQL's own programs, or those of the embedded one where development has it. */
async function findServer({ atLeast, binDir, say }: ScratchOptions, account: Account | undefined) {
  try {
    const tools = await findPostgresTools({ tools: ['initdb', 'pg_ctl'], atLeast, binDir });
    return { initdb: tools.path('initdb'), pgCtl: tools.path('pg_ctl') };
  } catch (error) {
    if (!(error instanceof PostgresToolsMissingError)) throw error;
    const embedded = await prepareBinaries(account, say).catch(() => undefined);
    if (!embedded || Number.parseInt(embedded.version, 10) < atLeast) throw error;
    return embedded;
  }
}
