import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Whether a process with this pid runs. A zombie counts as gone: it holds nothing any more. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, but belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return readStat(pid)?.state !== 'Z';
}

/**
 * A text that stands for one run of a process: its pid and, where the system tells (Linux), the moment it started, so
 * that a pid given to another process after a reboot is not mistaken for the old one.
 */
export function processTag(pid: number): string {
  return `${pid} ${readStat(pid)?.startTicks ?? '-'}`;
}

/** Whether the process a `processTag` stands for still runs. Anything that is not a tag counts as gone. */
export function isTagAlive(tag: string): boolean {
  const [pidText, start] = tag.trim().split(' ');
  const pid = Number(pidText);
  if (!isAlive(pid)) return false;
  const now = readStat(pid)?.startTicks;
  return now === undefined || start === undefined || start === '-' || now === start;
}

/** The command line of a process, its words parted by spaces; undefined if the system does not tell. */
export function commandLine(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    if (process.platform === 'win32') return undefined;
    return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return undefined;
  }
}

/** State and start time from /proc; undefined on other systems, or if the process is gone or hidden. */
function readStat(pid: number): { state?: string; startTicks?: string } | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the name in brackets, may itself hold blanks and brackets; the fields are counted behind it.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], startTicks: fields[19] };
  } catch {
    return undefined;
  }
}
