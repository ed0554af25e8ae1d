import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';

export type PrismProcess = ChildProcessByStdio<null, Readable, Readable>;

const PRISM = resolve(import.meta.dirname, '../../node_modules/@stoplight/prism-cli/dist/index.js');

/**
 * Starts Prism on a free port of loopback.
 *
 * @param args its command with what that takes, such as `mock FILE`.
 */
export function spawnPrism(...args: string[]): PrismProcess {
  const place = ['--port', '0', '--host', '127.0.0.1', '--multiprocess', 'false'];
  return spawn(process.execPath, [PRISM, ...args, ...place], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Where Prism listens, if that is what it says in this line of its output. */
export function addressIn(line: string): string | undefined {
  return /Prism is listening on (\S+)/.exec(line)?.[1];
}
