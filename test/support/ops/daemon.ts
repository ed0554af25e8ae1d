import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from '../../../src/database/embedded/run.ts';

export interface DaemonOptions {
  file: string;
  args: readonly string[];
  /** Whom it runs as; undefined: this process's user. */
  account?: Account | undefined;
  env?: Record<string, string>;
  /** Doesn't throw once it can be used. */
  assertReady(): Promise<void>;
  /** Asks it to end, with what it does last. */
  stopSignal: NodeJS.Signals;
  /** Ends it at once together with all processes of its own, when this process is cut short. */
  killSignal: NodeJS.Signals;
}

/** A program of the operating system that runs in the background, as a child of this process. */
export interface Daemon {
  pid: number;
  /** Everything that it wrote so far. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  /** Ends it, and waits until it is gone; nothing happens when it is. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const READY_LIMIT_MS = 60_000;
const POLL_MS = 25;

/** What ends the daemons that there are now. Ctrl-C too leads to an exit: see the hooks of the run. */
const endings = new Set<() => void>();
process.once('exit', () => {
  for (const end of endings) end();
});

/**
 * Starts a program and waits until it is ready.
 *
 * @throws Error with all that it wrote when it ends before, or isn't ready within 60 s; it is gone then.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const child = spawn(options.file, options.args, {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, LC_ALL: 'C', ...options.env },
    ...options.account,
  });
  let said = '';
  const note = (chunk: unknown) => {
    said += chunk;
  };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', note);
  let hasEnded = false;
  const end = () => void child.kill(options.killSignal);
  endings.add(end);
  // What can't be started has an error in place of an end.
  const gone = once(child, 'close')
    .catch(note)
    .then(() => {
      hasEnded = true;
      endings.delete(end);
    });
  const stop = async (signal: NodeJS.Signals = options.stopSignal) => {
    if (!hasEnded) child.kill(signal);
    await gone;
  };

  const deadline = performance.now() + READY_LIMIT_MS;
  for (;;) {
    try {
      if (hasEnded) throw new Error('it has ended');
      await options.assertReady();
      break;
    } catch (cause) {
      if (!hasEnded && performance.now() < deadline) {
        await sleep(POLL_MS);
        continue;
      }
      await stop(options.killSignal);
      const message = `${options.file} was never ready: ${(cause as Error).message}\n${said}`;
      throw new Error(message, { cause });
    }
  }
  return { pid: child.pid as number, output: () => said, kill: (signal) => void child.kill(signal), stop };
}
