import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join, resolve as resolvePath } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type HostFile, makeStateDir, readHostFile } from './host-file.ts';
import type { RelayHostSettings } from './relay-host.ts';

/** How to find or start the host of a folder. */
export interface HostProcessOptions {
  stateDir: string;
  /** Path of the program to start; the one beside this file when absent. */
  hostEntry?: string | undefined;
  /** For a host that has to be started. */
  host?: RelayHostSettings | undefined;
  fetch: typeof fetch;
  onMessage: (text: string) => void;
}

const PING_LIMIT_MS = 2_000;
const START_LIMIT_MS = 10_000;
const STOP_LIMIT_MS = 10_000;
const LOOK_AGAIN_MS = 25;
const LOG_NAME = 'relay-host.log';

/** The host that serves the folder and answers; null when there is none. */
export async function findRelayHost(stateDir: string, fetchIt: typeof fetch = fetch): Promise<HostFile | null> {
  const host = await readHostFile(resolvePath(stateDir));
  return host && (await answers(host, fetchIt)) ? host : null;
}

/**
 * Finds the host of the folder, or starts it as a process of its own that outlives this one. Of several processes that
 * start one at the same time, all get the same.
 *
 * @throws Error when none could be started or found within 10 s.
 */
export async function ensureRelayHost(options: HostProcessOptions): Promise<HostFile> {
  const stateDir = resolvePath(options.stateDir);
  const deadline = performance.now() + START_LIMIT_MS;
  let child: ChildProcess | undefined;
  for (;;) {
    const found = await findRelayHost(stateDir, options.fetch);
    if (found) {
      // Ours came too late, and must not step in once the other one ends.
      if (child && child.pid !== found.pid) child.kill();
      return found;
    }
    if (performance.now() > deadline) throw new Error(`no relay host within 10 s; see ${join(stateDir, LOG_NAME)}`);
    if (child && hasFailed(child)) throw new Error(`the relay host did not start; see ${join(stateDir, LOG_NAME)}`);
    // One that ended well has found another host, which may be about to end: then it is tried again.
    if (!child || child.exitCode === 0) child = await startProcess({ ...options, stateDir });
    await sleep(LOOK_AGAIN_MS);
  }
}

/**
 * Asks the host of the folder to end, with all its relays, and waits until its process is gone. None is no error.
 *
 * @throws Error when it hasn't ended within 10 s.
 */
export async function stopRelayHost(stateDir: string, fetchIt: typeof fetch = fetch): Promise<void> {
  const host = await findRelayHost(stateDir, fetchIt);
  if (!host) return;
  await call(host, fetchIt, 'POST', '/shutdown').catch(() => undefined);
  const deadline = performance.now() + STOP_LIMIT_MS;
  // A host in this very process ends without its process.
  const isGone = async () => (host.pid === process.pid ? !(await answers(host, fetchIt)) : !isAlive(host.pid));
  while (!(await isGone())) {
    if (performance.now() > deadline) throw new Error(`the relay host (pid ${host.pid}) has not ended within 10 s`);
    await sleep(LOOK_AGAIN_MS);
  }
}

async function answers(host: HostFile, fetchIt: typeof fetch): Promise<boolean> {
  return await call(host, fetchIt, 'GET', '/faults').then(
    ({ ok }) => ok,
    () => false,
  );
}

async function call(host: HostFile, fetchIt: typeof fetch, method: string, path: string): Promise<Response> {
  const response = await fetchIt(`http://127.0.0.1:${host.port}${path}`, {
    method,
    headers: { Authorization: `Bearer ${host.token}` },
    signal: AbortSignal.timeout(PING_LIMIT_MS),
  });
  await response.arrayBuffer();
  return response;
}

async function startProcess(options: HostProcessOptions): Promise<ChildProcess> {
  const { stateDir } = options;
  await makeStateDir(stateDir);
  const settings = Object.entries(options.host ?? {}).filter(([, value]) => value !== undefined);
  const args = settings.map(([name, value]) => `--${name}=${value}`);
  const log = openSync(join(stateDir, LOG_NAME), 'a', 0o600);
  try {
    const child = spawn(process.execPath, [options.hostEntry ?? defaultEntry(), `--stateDir=${stateDir}`, ...args], {
      cwd: stateDir,
      detached: true,
      // It outlives us, so that it gets none of the secrets in our environment.
      env: {},
      stdio: ['ignore', log, log],
      windowsHide: true,
    });
    child.on('error', (error) => options.onMessage(`the relay host could not be started: ${error.message}`));
    child.unref();
    if (child.pid !== undefined) options.onMessage(`starting a relay host (pid ${child.pid})`);
    return child;
  } finally {
    closeSync(log);
  }
}

/** Beside this file, and TypeScript or compiled as this file is. */
function defaultEntry(): string {
  return fileURLToPath(import.meta.url).replace(/host-process(\.[jt]s)$/, 'relay-host-main$1');
}

function hasFailed({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || signalCode !== null || (exitCode !== null && exitCode !== 0);
}

/** Whether a process has this pid; one that has ended but wasn't collected by its parent (Linux) counts as gone. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  try {
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
