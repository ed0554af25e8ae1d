import { readdir, readFile } from 'node:fs/promises';
import type { Database } from '../../../src/database/connect.ts';
import type { ServerProcess } from '../../../test/support/process.ts';

/** What was used so far; only differences say something. */
export interface Used {
  /** Of all API processes. */
  statements: number;
  /** Processor seconds of all API processes. */
  api: number;
  /** Processor seconds of PostgreSQL with all its processes; null where there is no /proc. */
  postgres: number | null;
  /** Bytes of the write-ahead log. */
  wal: number;
}

/** Linux counts processor time in hundredths of a second, for every program. */
const TICKS_A_SECOND = 100;

/** Reads what the API processes and PostgreSQL have used. */
export async function readUsed(database: Database, servers: Pick<ServerProcess, 'adminUrl'>[]): Promise<Used> {
  const { rows } = await database.raw("select pg_backend_pid() as pid, pg_current_wal_lsn() - '0/0' as wal");
  const [{ pid, wal }] = rows;
  const pages = await Promise.all(servers.map(async ({ adminUrl }) => (await fetch(`${adminUrl}/metrics`)).text()));
  return {
    statements: total(pages, /^telemy_database_statement_duration_seconds_count\{.*\} ([\d.e+]+)$/gm),
    api: total(pages, /^process_cpu_seconds_total ([\d.e+]+)$/gm),
    postgres: process.platform === 'linux' ? await clusterSeconds(pid) : null,
    wal: Number(wal),
  };
}

/** Processor seconds of a process and all that it has started; null where there is no /proc. */
export async function familySeconds(pid: number): Promise<number | null> {
  return process.platform === 'linux' ? sumOfFamily(pid) : null;
}

function total(pages: string[], line: RegExp): number {
  return pages.flatMap((page) => [...page.matchAll(line)]).reduce((sum, [, value]) => sum + Number(value), 0);
}

/** Processor seconds of a cluster, one of whose processes this is. */
async function clusterSeconds(backend: number): Promise<number> {
  return sumOfFamily((await readStat(backend))?.parent);
}

/** Of the process itself, those of its own that have ended, and those that there are. */
async function sumOfFamily(parent: number | undefined): Promise<number> {
  let ticks = 0;
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readStat(Number(name));
    if (stat?.pid === parent) ticks += stat?.withEnded ?? 0;
    else if (stat?.parent === parent) ticks += stat?.own ?? 0;
  }
  return ticks / TICKS_A_SECOND;
}

/** Null for a process that has ended meanwhile. */
async function readStat(pid: number) {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return null;
    throw error;
  });
  if (text === null) return null;
  // The name of the program may hold blanks; behind it come the state and numbers, see proc(5).
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
  return { pid, parent: fields[1], own: user + system, withEnded: user + system + endedUser + endedSystem };
}
