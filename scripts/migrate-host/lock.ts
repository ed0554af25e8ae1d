import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MoveError } from './move-error.ts';

/** Does the work while no other process works on the same move. What a killed one left behind is taken over. */
export async function underLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'lock');
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, String(process.pid));
  try {
    takeLock(draft, file);
  } finally {
    rmSync(draft);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** By a link, so that nobody sees a lock without its holder. */
function takeLock(draft: string, file: string): void {
  for (;;) {
    try {
      linkSync(draft, file);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = Number(readFileSync(file, 'utf8'));
      if (isAlive(holder)) throw new MoveError(`Process ${holder} works on this move. Wait for it.`);
      rmSync(file);
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
