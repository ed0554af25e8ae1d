import { randomUUID } from 'node:crypto';
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isTagAlive, processTag } from './processes.ts';

const POLL_MS = 20;
/** A lock file without content this old was left by a process that died between creating and writing it. */
const EMPTY_LOCK_MS = 2_000;
/** The take-over guard is held for microseconds; one this old was left by a process that died. */
const GUARD_MS = 5_000;

/**
 * Runs `work` while holding the lock file `file`, which keeps out other processes and other calls in this one. The lock
 * of a dead process is taken over. Throws an Error if the lock is not free within `waitMs` milliseconds.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, waitMs = 60_000): Promise<T> {
  const content = `${processTag(process.pid)} ${randomUUID()}`;
  const deadline = performance.now() + waitMs;
  while (!tryCreate(file, content)) {
    if (isAbandoned(file)) takeAway(file);
    else if (performance.now() > deadline) throw new Error(busyMessage(file, waitMs));
    else await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    if (readText(file) === content) rmSync(file, { force: true });
  }
}

/** True if the file did not exist and was written; false if another has it. */
function tryCreate(file: string, content: string): boolean {
  try {
    writeFileSync(file, content, { flag: 'wx' });
    // Root may share the folder with the user who owns it, and must not lock that one out by a strict umask.
    chmodSync(file, 0o644);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isAbandoned(file: string): boolean {
  const content = readText(file);
  if (content === undefined) return false;
  return content === '' ? isOlderThan(file, EMPTY_LOCK_MS) : !isTagAlive(content);
}

/**
 * Removes an abandoned lock. Of several waiters that see it, only the holder of the guard removes it, after another
 * look, so that none can remove the new lock of a quicker one. No await in between: the guard is gone at once.
 */
function takeAway(file: string): void {
  const guard = `${file}.takeover`;
  if (isOlderThan(guard, GUARD_MS)) rmSync(guard, { force: true });
  if (!tryCreate(guard, '')) return;
  try {
    if (isAbandoned(file)) rmSync(file, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

function isOlderThan(file: string, ms: number): boolean {
  const modified = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  return modified !== undefined && Date.now() - modified > ms;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function busyMessage(file: string, waitMs: number): string {
  const pid = readText(file)?.split(' ')[0];
  return (
    `The embedded PostgreSQL is being opened or closed by another process (pid ${pid || 'unknown'}) for more than ` +
    `${Math.round(waitMs / 1000)} s. If that process does nothing of the kind, end it or delete ${file}.`
  );
}
