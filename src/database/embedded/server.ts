import { chown, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Binaries } from './binaries.ts';
import { askDatabase, databaseUrl, NO_SUCH_DATABASE } from './connection.ts';
import { readIfThere, replaceFile } from './files.ts';
import type { Place } from './place.ts';
import { commandLine, isAlive } from './processes.ts';
import { run } from './run.ts';

const ANSWER_LIMIT_MS = 30_000;
const POLL_MS = 50;
const PG_CTL_LIMIT_S = 60;
const START_ATTEMPTS = 8;
const RETRY_MS = 250;
const LOG_LINES = 15;

const DEFAULTS = { max_connections: '100', shared_buffers: '64MB', timezone: 'UTC', log_timezone: 'UTC' };
/** Another process took the port just before the server did. */
const PORT_TAKEN = 'Address already in use';
/** Processes of a killed server are still ending, or a server begun by a process that was killed came up meanwhile. */
const PASSING_FAULT = /pre-existing shared memory block|lock file "postmaster.pid" already exists/;

/**
 * The port of the cluster's running server, which may be starting still; undefined if none runs, whatever
 * postmaster.pid says. Throws an Error if one runs but does not answer within 30 s.
 */
export async function findRunning(place: Place, password: string): Promise<number | undefined> {
  const deadline = performance.now() + ANSWER_LIMIT_MS;
  for (;;) {
    const { pid, port } = await readPostmaster(place);
    if (!isAlive(pid)) return undefined;
    const answer = port ? await askDatabase(databaseUrl(port, password)) : 'no port yet';
    if (isAnswer(answer)) return port;
    if (!mayServe(pid, place)) return undefined;
    if (performance.now() > deadline) {
      const what = `PostgreSQL (pid ${pid}) runs on ${place.cluster} but does not answer (${answer}).`;
      throw new Error(await withLog(place, what));
    }
    await sleep(POLL_MS);
  }
}

/**
 * Starts the server as a daemon on a port of 127.0.0.1, the last one if it is free, and returns the port once it
 * answers. Only to be called, holding the lock, when `findRunning` found none. Throws an Error with the last lines of
 * the log if it does not start.
 */
export async function startServer(
  place: Place,
  binaries: Binaries,
  password: string,
  settings: Record<string, string>,
): Promise<number> {
  let wanted = Number(await readIfThere(place.portFile));
  for (let attempt = 1; ; attempt += 1) {
    const running = attempt > 1 ? await findRunning(place, password) : undefined;
    if (running !== undefined) return running;
    const port = await choosePort(wanted);
    await writeSettings(place, { ...DEFAULTS, ...settings }, port);
    await replaceFile(place.portFile, `${port}\n`, place.home, place.account);
    await beginLog(place);
    // Left by a killed server; its number may be another process's now, which PostgreSQL would take for a server.
    await rm(path.join(place.cluster, 'postmaster.pid'), { force: true });
    const { code, output } = await pgCtl(place, binaries, ['start', '--log', place.log]);
    if (code === 0) return port;
    const log = (await readIfThere(place.log)) ?? '';
    if (log.includes(PORT_TAKEN)) wanted = 0;
    if (!(log.includes(PORT_TAKEN) || PASSING_FAULT.test(log)) || attempt === START_ATTEMPTS) {
      throw new Error(await withLog(place, `The embedded PostgreSQL did not start. ${output}`));
    }
    await sleep(RETRY_MS);
  }
}

/**
 * Stops the server, cutting its connections, and waits for its end; nothing to do if none runs. Throws an Error with
 * the last lines of the log if it does not end within 60 s.
 */
export async function stopServer(place: Place, binaries: Binaries, password: string): Promise<void> {
  const { pid, port } = await readPostmaster(place);
  // pg_ctl signals whichever process has that number.
  if (!isAlive(pid)) return;
  if (!mayServe(pid, place) && !isAnswer(await askDatabase(databaseUrl(port, password)))) return;
  const { code, output } = await pgCtl(place, binaries, ['stop', '--mode=fast']);
  if (code === 0 || !isAlive((await readPostmaster(place)).pid)) return;
  throw new Error(await withLog(place, `The embedded PostgreSQL did not stop. ${output}`));
}

function isAnswer(answer: string): boolean {
  return answer === 'ok' || answer === NO_SUCH_DATABASE;
}

/** False if the process is another program: the pid of a server that was killed may by now be anyone's. */
function mayServe(pid: number, place: Place): boolean {
  return commandLine(pid)?.includes(place.cluster) ?? true;
}

function pgCtl(place: Place, binaries: Binaries, command: string[]): ReturnType<typeof run> {
  const common = ['--pgdata', place.cluster, '--wait', `--timeout=${PG_CTL_LIMIT_S}`, '--silent'];
  return run(binaries.pgCtl, [...command, ...common], place.account);
}

/** What postmaster.pid says: the pid on its first line (0: no file), the port on its fourth (0: not written yet). */
async function readPostmaster(place: Place): Promise<{ pid: number; port: number }> {
  const lines = (await readIfThere(path.join(place.cluster, 'postmaster.pid')))?.split('\n') ?? [];
  return { pid: Number(lines[0] ?? 0), port: Number(lines[3] ?? 0) };
}

/** Writes the whole postgresql.conf. Throws an Error if a setting's name is not one. */
async function writeSettings(place: Place, settings: Record<string, string>, port: number): Promise<void> {
  const fixed = { port: String(port), listen_addresses: '127.0.0.1', unix_socket_directories: '' };
  const lines = Object.entries({ ...settings, ...fixed }).map(([name, value]) => {
    if (!/^[a-z_][a-z0-9_.]*$/i.test(name)) throw new Error(`Not the name of a PostgreSQL setting: "${name}".`);
    return `${name} = '${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'\n`;
  });
  const text = `# Written anew at each start by the control plane.\n${lines.join('')}`;
  await replaceFile(path.join(place.cluster, 'postgresql.conf'), text, place.home, place.account);
}

/** Begins an empty log that the server may write; the one before is kept. */
async function beginLog(place: Place): Promise<void> {
  await rename(place.log, `${place.log}.previous`).catch(() => undefined);
  await writeFile(place.log, '', { flag: 'wx', mode: 0o600 });
  if (place.account) await chown(place.log, place.account.uid, place.account.gid);
}

/** `wanted` if it is free on 127.0.0.1, else one that the system picks. */
async function choosePort(wanted: number): Promise<number> {
  if (wanted > 0) {
    const port = await bindOnce(wanted);
    if (port) return port;
  }
  const port = await bindOnce(0);
  if (port) return port;
  throw new Error('No free port on 127.0.0.1 for the embedded PostgreSQL.');
}

function bindOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}

async function withLog(place: Place, what: string): Promise<string> {
  const lines = ((await readIfThere(place.log)) ?? '').trimEnd().split('\n').slice(-LOG_LINES).join('\n');
  return `${what.trimEnd()}\nThe end of its log (${place.log}):\n${lines}`;
}
