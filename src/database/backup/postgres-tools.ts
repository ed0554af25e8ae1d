import { execFile } from 'node:child_process';
import { access, constants, readdir, realpath } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** Programs of PostgreSQL that we run. */
export type PostgresTool = 'pg_dump' | 'pg_restore' | 'psql' | 'initdb' | 'pg_ctl';

/** A folder with programs of PostgreSQL. */
export interface PostgresTools {
  folder: string;
  /** Such as 15. */
  major: number;
  /** As the program says it, such as 15.18. */
  version: string;
  /** The absolute path of one of the programs that were asked for. */
  path(tool: PostgresTool): string;
}

export interface FindOptions {
  /** All of them have to be in the same folder. */
  tools: readonly PostgresTool[];
  /** Lowest major version that will do: pg_dump refuses a server that is newer than itself. */
  atLeast: number;
  /** The only folder to look into (`PG_BIN_DIR`); default: Debian's folders, then those of PATH. */
  binDir?: string | undefined;
  /** Default: this process's. */
  path?: string | undefined;
  /** Where Debian keeps a folder per major version. */
  debianRoot?: string;
}

/** PostgreSQL's programs are missing or too old; the message says how to get them. */
export class PostgresToolsMissingError extends Error {
  override name = 'PostgresToolsMissingError';
}

const DEBIAN_ROOT = '/usr/lib/postgresql';
/** Debian's programs on PATH are this one: it picks a version by clusters on this machine, not by our server. */
const DEBIAN_WRAPPER = 'pg_wrapper';
const VERSION_TIMEOUT_MS = 10_000;
const runFile = promisify(execFile);

/**
 * Finds the programs that fit best: of the lowest major version that is not below `atLeast`, so that a dump can be
 * restored into the server it came from.
 *
 * @throws PostgresToolsMissingError
 */
export async function findPostgresTools(options: FindOptions): Promise<PostgresTools> {
  const { tools, atLeast, binDir } = options;
  const folders = binDir === undefined ? await usualFolders(options) : [binDir];
  const found: PostgresTools[] = [];
  for (const folder of folders) {
    const here = await toolsIn(folder, tools);
    if (here) found.push(here);
  }
  const [best] = found.filter(({ major }) => major >= atLeast).sort((a, b) => a.major - b.major);
  if (best) return best;
  const where = binDir === undefined ? `on PATH and in ${DEBIAN_ROOT}/*/bin` : `in PG_BIN_DIR (${binDir})`;
  const [newest] = found.sort((a, b) => b.major - a.major);
  const fault = newest
    ? `PostgreSQL's programs ${where} are of version ${newest.version}, but at least ${atLeast} is needed.`
    : `${tools.join(', ')} of PostgreSQL ${atLeast} or later ${tools.length === 1 ? 'is' : 'are'} missing ${where}.`;
  throw new PostgresToolsMissingError(`${fault} ${remedy(tools, atLeast)}`);
}

function remedy(tools: readonly PostgresTool[], atLeast: number): string {
  const isServer = tools.some((tool) => tool === 'initdb' || tool === 'pg_ctl');
  const name = `postgresql${isServer ? '' : '-client'}-${atLeast}`;
  return `Install them (Debian: apt-get install ${name}), or set PG_BIN_DIR to their folder.`;
}

async function usualFolders({ path = process.env.PATH ?? '', debianRoot = DEBIAN_ROOT }: FindOptions) {
  const versions = await readdir(debianRoot).catch(() => []);
  return [...versions.map((version) => join(debianRoot, version, 'bin')), ...path.split(delimiter).filter(Boolean)];
}

/** Undefined unless all programs are there and the first one runs. */
async function toolsIn(folder: string, tools: readonly PostgresTool[]): Promise<PostgresTools | undefined> {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const path = (tool: PostgresTool): string => join(folder, `${tool}${suffix}`);
  const [first] = tools;
  if (first === undefined) return undefined;
  try {
    for (const tool of tools) {
      await access(path(tool), constants.X_OK);
      if (basename(await realpath(path(tool))) === DEBIAN_WRAPPER) return undefined;
    }
    const { stdout } = await runFile(path(first), ['--version'], { timeout: VERSION_TIMEOUT_MS });
    const version = /\(PostgreSQL\) (\d+(?:\.\d+)?)/.exec(stdout)?.[1];
    return version === undefined ? undefined : { folder, major: Number.parseInt(version, 10), version, path };
  } catch {
    // Not there, not ours to run, or broken: another folder may have it.
    return undefined;
  }
}
