import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Demo } from './demo.ts';
import { spin } from './spinner.ts';

/** What `npm start` and the operators' commands run. */
export const MAIN = resolve(import.meta.dirname, '../../src/main.ts');

/** Starts a server where the demo looks for one, unless there is one; returns what ends it. */
export async function ensureServer(demo: Demo): Promise<{ stop(): Promise<void> } | undefined> {
  const { url, adminUrl, dataDir, signal } = demo;
  if (await isUp(url)) return undefined;
  const spinner = spin(`No server at ${url}: starting one`);
  const child = spawn(process.execPath, [MAIN], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // Apart from the terminal's Ctrl-C: the relay has to be stopped before the server. Windows would open a window.
    detached: process.platform !== 'win32',
    env: {
      ...process.env,
      DATA_DIR: dataDir,
      LISTEN_ADDR: listenAddress(url),
      ADMIN_LISTEN_ADDR: listenAddress(adminUrl),
      LOG_LEVEL: 'warn',
    },
  });
  // For an end at once, by a second signal.
  process.once('exit', () => child.kill('SIGTERM'));
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  try {
    while (!(await isUp(url))) {
      if (hasEnded(child)) {
        spinner.fail(`The server did not start:\n${said}`);
        process.exit(1);
      }
      await sleep(100, undefined, { signal });
    }
  } catch (error) {
    await endChild(child);
    throw error;
  }
  spinner.succeed(`Started a server at ${url}`);
  return { stop: () => endChild(child) };
}

/** What to set as LISTEN_ADDR for a server that is to be reached there. */
function listenAddress(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port || 80}`;
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function endChild(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function isUp(url: string): Promise<boolean> {
  return fetch(`${url}/healthz`).then(
    (response) => response.ok,
    () => false,
  );
}
