import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { eventually } from './eventually.ts';
import { assertAnswersChecked } from './response-check.ts';
import { TEST_SECRETS } from './test-app.ts';

/** What runs for as long as nobody ends it. */
export type ServerRole = 'all' | 'api' | 'worker';

export interface ServerProcessOptions {
  databaseUrl: string;
  /** Has the relays' host. */
  dataDir: string;
  /** Marks the relays as this test's. */
  deployment: string;
  /** Environment variables on top of these. */
  env?: Record<string, string>;
  /** As a user starts it: `npm start` in a process group of its own. Signals to this process go to npm. */
  byNpm?: boolean;
  /** Checkout whose code runs; default: this one. */
  root?: string | undefined;
}

/** The service, or a part of it, in a process of its own. */
export interface ServerProcess {
  pid: number;
  /** Of the public server; empty in a process that has none. */
  url: string;
  adminUrl: string;
  /** Everything that it wrote so far. */
  output(): string;
  /** Sends a signal to this process and to no other; nothing happens when it has ended. */
  kill(signal: NodeJS.Signals): void;
  /** How it ended, when it has. */
  exited: Promise<Exit>;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

const ROOT = resolve(import.meta.dirname, '../..');
const START_LIMIT_MS = 30_000;

/** What ends the children that there are now. */
const endings = new Set<() => void>();
process.once('exit', () => {
  for (const end of endings) end();
});

/**
 * Starts `node src/main.ts ROLE`, or `npm start`, on free ports and waits until it is ready.
 *
 * @throws Error with all that it wrote when it ends before, isn't ready within 30 s, or lets answers out that break the
 *   contract; the process is gone then.
 */
export async function startServerProcess(role: ServerRole, options: ServerProcessOptions): Promise<ServerProcess> {
  const { byNpm = false, root = ROOT } = options;
  const [file, args] = byNpm
    ? ['npm', ['start', '--', role]]
    : [process.execPath, [resolve(root, 'src/main.ts'), role]];
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: root,
    detached: byNpm,
    env: {
      ...(byNpm ? { PATH: process.env.PATH } : {}),
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      NODE_ENV: 'test',
      LISTEN_ADDR: '127.0.0.1:0',
      ADMIN_LISTEN_ADDR: '127.0.0.1:0',
      DATABASE_URL: options.databaseUrl,
      DATA_DIR: options.dataDir,
      DEPLOYMENT_NAME: options.deployment,
      RATE_LIMIT_FACTOR: '0',
      LOG_LEVEL: 'warn',
      ...TEST_SECRETS,
      ...options.env,
    },
  });
  endWithUs(child, byNpm);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said += chunk;
    });
  }
  const exited = once(child, 'close').then(([code, signal]): Exit => ({ code, signal }));
  /** What the process says on the screen behind this word. */
  const told = (word: string) => new RegExp(`^\\s*${word}\\s+(http://[\\d.]+:\\d+)`, 'm').exec(said)?.[1] ?? '';

  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const assertReady = async () => {
    // Nobody has to wait for it any more.
    if (hasEnded()) return;
    const { status } = await fetch(`${told('Admin')}/readyz`);
    if (status !== 200) throw new Error(`/readyz says ${status}`);
  };
  try {
    await eventually(assertReady, { timeoutMs: START_LIMIT_MS, intervalMs: 25 });
    if (hasEnded()) throw new Error('it has ended');
    if (role !== 'worker') await assertAnswersChecked(told('Admin'));
  } catch (cause) {
    if (byNpm) killGroup(child.pid as number, 'SIGKILL');
    else child.kill('SIGKILL');
    await exited;
    throw new Error(`The ${role} process was never ready: ${(cause as Error).message}\n${said}`, { cause });
  }
  return {
    pid: child.pid as number,
    url: told('API'),
    adminUrl: told('Admin'),
    output: () => said,
    kill: (signal) => void child.kill(signal),
    exited,
  };
}

/** Has the child end when this process is cut short, which nobody else would see to. */
function endWithUs(child: ChildProcess, isGroup: boolean): void {
  const kill = () => {
    if (isGroup) killGroup(child.pid as number, 'SIGKILL');
    else child.kill('SIGKILL');
  };
  endings.add(kill);
  child.once('close', () => endings.delete(kill));
}

/**
 * How a process ended.
 *
 * @throws Error with all that it wrote when it hasn't ended within the time.
 */
export function exitWithin(server: ServerProcess, timeoutMs: number): Promise<Exit> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`It is still there after ${timeoutMs} ms:\n${server.output()}`)),
    timeoutMs,
  );
  return Promise.race([server.exited, late.promise]).finally(() => clearTimeout(timer));
}

/** To a process and everything below it, as a terminal does; nothing happens when all have ended. */
export function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
