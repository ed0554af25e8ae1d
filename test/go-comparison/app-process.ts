import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { assertAnswersChecked } from '../support/response-check.ts';
import { TEST_SECRETS } from '../support/test-app.ts';

const MAIN = resolve(import.meta.dirname, '../../src/main.ts');

/** The service as people run it: API and worker, in a process of its own. */
export interface AppProcess {
  url: string;
  /** Sends the signal, unless the process has ended already, and waits for its end. Returns its exit code, null after a kill. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>;
}

/** Starts the service on a free port; rejects when it ends before it is up. */
export async function startAppProcess(env: Record<string, string>): Promise<AppProcess> {
  const child = spawn(process.execPath, [MAIN], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      NODE_ENV: 'test',
      LISTEN_ADDR: '127.0.0.1:0',
      ADMIN_LISTEN_ADDR: '127.0.0.1:0',
      RATE_LIMIT_FACTOR: '0',
      LOG_LEVEL: 'silent',
      ...TEST_SECRETS,
      ...env,
    },
  });
  const exited = once(child, 'exit') as Promise<[code: number | null]>;
  const { url, adminUrl } = await Promise.race([
    readUrls(child),
    exited.then(([code]) => Promise.reject(new Error(`The service ended with ${code} before it was up.`))),
  ]);
  await assertAnswersChecked(adminUrl).catch((error) => {
    child.kill('SIGKILL');
    throw error;
  });
  return {
    url,
    async end(signal) {
      child.kill(signal);
      return (await exited)[0];
    },
  };
}

/** The service says on the screen where it listens. */
async function readUrls({ stderr }: ChildProcess): Promise<{ url: string; adminUrl: string }> {
  const { promise, resolve: found } = Promise.withResolvers<{ url: string; adminUrl: string }>();
  if (!stderr) throw new Error('The service has no screen.');
  let url = '';
  createInterface({ input: stderr }).on('line', (line) => {
    const [, name, address = ''] = /^\s*(API|Admin)\s+(http:\/\/[^/\s]+)/.exec(line) ?? [];
    if (name === 'API') url = address;
    // It comes behind the other.
    if (name === 'Admin') found({ url, adminUrl: address });
  });
  return promise;
}
