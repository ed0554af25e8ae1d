import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { toToolConnection } from './postgres-connection.ts';

export interface RunOptions {
  /** The database to connect to; absent: the program needs none. Its password is in no argument and no variable. */
  url?: string | undefined;
  /** Goes to the program's standard input. */
  input?: Readable;
  /** Gets its standard output. Ended only when the program did its work, otherwise destroyed with the error. */
  output?: Writable;
  /** The program is ended after this long, in milliseconds. */
  timeoutMs: number;
  /** Ends the program. */
  signal?: AbortSignal | undefined;
  /** The operating system's user to run as; default: this process's. */
  account?: { uid: number; gid: number } | undefined;
}

/** A program of PostgreSQL failed, was ended by a signal, or took too long. */
export class PostgresToolError extends Error {
  override name = 'PostgresToolError';
  /** Null: it was ended by a signal. */
  readonly code: number | null;

  constructor(message: string, code: number | null) {
    super(message);
    this.code = code;
  }
}

/** How much of what a program complains of is kept, in characters. */
const KEPT = 4_000;
/** What doesn't end when asked is killed after this long, in milliseconds. */
const KILL_AFTER_MS = 5_000;

/**
 * Runs a program of PostgreSQL to its end; what it reads and writes streams through, never held as a whole.
 *
 * @param file the program's absolute path.
 * @returns what it wrote to its standard error, the last few thousand characters.
 * @throws PostgresToolError; the signal's reason when aborted; errors of the given streams.
 */
export async function runPostgresTool(file: string, args: readonly string[], options: RunOptions): Promise<string> {
  const { url, input, output, timeoutMs, signal, account } = options;
  signal?.throwIfAborted();
  const connection = url === undefined ? undefined : await toToolConnection(url, account);
  try {
    const child = spawn(file, args, {
      cwd: '/',
      stdio: [input ? 'pipe' : 'ignore', output ? 'pipe' : 'ignore', 'pipe'],
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        TMPDIR: process.env.TMPDIR,
        LC_ALL: 'C',
        ...connection?.env,
      },
      ...account,
    });
    let complaint = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-KEPT);
    });
    const ender = endOnAbort(child, timeoutMs, signal);
    const exit = once(child, 'close').catch((error: Error) => {
      throw new PostgresToolError(`${basename(file)} could not be run: ${error.message}`, null);
    }) as Promise<[number | null, NodeJS.Signals | null]>;
    try {
      const flows = [
        input && child.stdin ? pipeline(input, child.stdin).catch(unlessEnough(child)) : undefined,
        output && child.stdout ? pipeline(child.stdout, output, { end: false }) : undefined,
      ];
      // A stream that breaks must end the program too, or it would wait for ever.
      const endsToo = (error: unknown): never => {
        ender.end();
        throw error;
      };
      const flowing = Promise.all(flows.map((flow) => flow?.catch(endsToo)));
      const [[code, by], flow] = await Promise.all([exit, settle(flowing)]);
      signal?.throwIfAborted();
      assertDone(basename(file), { code, by, complaint, tookTooLong: ender.tookTooLong(), timeoutMs }, flow);
    } catch (error) {
      input?.destroy();
      output?.destroy(error as Error);
      throw error;
    } finally {
      ender.clear();
    }
    output?.end();
    return complaint;
  } finally {
    await connection?.remove();
  }
}

interface Ending {
  code: number | null;
  by: NodeJS.Signals | null;
  complaint: string;
  tookTooLong: boolean;
  timeoutMs: number;
}

function assertDone(name: string, ending: Ending, flow: unknown): void {
  const { code, by, complaint, tookTooLong, timeoutMs } = ending;
  if (tookTooLong) throw new PostgresToolError(`${name} took longer than ${timeoutMs / 1000} s and was ended.`, code);
  if (flow !== undefined) throw flow;
  if (code !== 0) {
    throw new PostgresToolError(
      `${name} failed (${by ?? `exit ${code}`}): ${complaint.trim() || 'it said nothing.'}`,
      code,
    );
  }
}

/** A program that wants no more input closes it, at the latest when it ends: its exit code says whether that is a fault. */
function unlessEnough(child: ReturnType<typeof spawn>) {
  return (error: NodeJS.ErrnoException): void => {
    const isClosed = ['EPIPE', 'ECONNRESET'].includes(String(error.code));
    const isOver = child.exitCode !== null || child.signalCode !== null;
    if (!isClosed && !(isOver && error.code === 'ERR_STREAM_PREMATURE_CLOSE')) throw error;
  };
}

/** What a promise was rejected with; undefined if it was fulfilled. */
const settle = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error) => error ?? new Error('rejected without a reason'),
  );

function endOnAbort(child: ReturnType<typeof spawn>, timeoutMs: number, signal: AbortSignal | undefined) {
  let killer: NodeJS.Timeout | undefined;
  let late = false;
  const end = (): void => {
    child.kill('SIGTERM');
    killer ??= setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
  };
  const timer = setTimeout(() => {
    late = true;
    end();
  }, timeoutMs);
  signal?.addEventListener('abort', end, { once: true });
  return {
    end,
    tookTooLong: () => late,
    clear() {
      clearTimeout(timer);
      clearTimeout(killer);
      signal?.removeEventListener('abort', end);
    },
  };
}
