import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from '../support/eventually.ts';

const START_LIMIT_MS = 30_000;

/** A running `npm run mock`. */
export interface Mock {
  /** Where it listens, without `/api/v1`. */
  url: string;
  /** Everything that it wrote so far. */
  output(): string;
  /** Sends the signal and waits for the end: its exit code, or the signal that it died of. */
  stop(signal: NodeJS.Signals): Promise<[number | null, NodeJS.Signals | null]>;
}

/**
 * Starts the mock on free ports.
 *
 * @param env on top of this process's own.
 * @throws Error with all that it wrote when it told no address within 30 s.
 */
export async function startMock(args: string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Mock> {
  const mock = spawn(process.execPath, ['scripts/mock.ts', '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const exit = once(mock, 'close') as ReturnType<Mock['stop']>;
  let said = '';
  for (const stream of [mock.stdout, mock.stderr]) {
    stream.on('data', (chunk) => {
      said += chunk;
    });
  }
  const find = () => {
    const [, url] = /listens on (http:\/\/[\d.:]+)\/api\/v1/.exec(said) ?? [];
    if (url === undefined && mock.exitCode === null) throw new Error(`The mock told no address: ${said}`);
    return url;
  };
  const stop: Mock['stop'] = (signal) => {
    mock.kill(signal);
    return exit;
  };
  try {
    const url = await eventually(find, { timeoutMs: START_LIMIT_MS, intervalMs: 50 });
    if (url !== undefined) return { url, output: () => said, stop };
    await exit;
    throw new Error(`The mock ended at its start: ${said}`);
  } catch (error) {
    await stop('SIGTERM');
    throw error;
  }
}
