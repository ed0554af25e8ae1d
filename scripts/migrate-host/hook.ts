import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { MoveError } from './move-error.ts';

/** Runs a command of the configuration; what it writes goes to standard error. @throws MoveError when it fails. */
export async function runHook(command: string): Promise<void> {
  const child = spawn('/bin/sh', ['-c', command], { stdio: ['ignore', 2, 2] });
  const [code, signal] = await once(child, 'close');
  if (code !== 0)
    throw new MoveError(`The hook failed (${signal ?? `exit ${code}`}): ${command}. Mend it, and run this again.`);
}
