import cluster from 'node:cluster';
import type { Role } from '../features/relay/alive-marks.ts';
import type { Answers, Order, Report } from './messages.ts';

/** How a process ended. */
export interface Ending {
  code: number | null;
  signal: string | null;
  /** What it said itself; undefined when it couldn't. */
  why: string | undefined;
  /** Milliseconds. */
  livedMs: number;
}

/** A process that works for this one. */
export interface Forked {
  role: Role;
  pid: number | undefined;
  /** Where it serves, once it does; null when it ended before. */
  started: Promise<{ url: string | undefined } | null>;
  gone: Promise<Ending>;
  /** Undefined when it isn't ready, or too busy to answer in time. */
  ask<What extends keyof Answers>(what: What): Promise<Answers[What] | undefined>;
  /** Has it finish what is under way and end; while it starts, as soon as it has started. */
  end(): void;
}

/** Shorter than Prometheus and the probes of Kubernetes wait, in milliseconds. */
const ANSWER_MS = 2_000;

/** Starts this program again, with other arguments. @param env on top of this process's own variables. */
export function fork(role: Role, args: string[], env: Record<string, string>): Forked {
  cluster.setupPrimary({ args });
  const began = performance.now();
  const child = cluster.fork(env);
  const started = Promise.withResolvers<{ url: string | undefined } | null>();
  const gone = Promise.withResolvers<Ending>();
  const waiting = new Map<number, (value: never) => void>();
  let asked = 0;
  let isReady = false;
  let isToEnd = false;
  let why: string | undefined;

  // A channel that breaks is followed by the end of the process, which is what counts.
  const send = (order: Order) => void child.send(order, () => undefined);
  const settle = (code: number | null, signal: string | null) => {
    isReady = false;
    for (const tell of waiting.values()) tell(undefined as never);
    started.resolve(null);
    gone.resolve({ code, signal, why, livedMs: performance.now() - began });
  };
  child.on('message', (report: Report) => {
    if (report.kind === 'answer') waiting.get(report.id)?.(report.value as never);
    if (report.kind === 'failed') why = report.why;
    if (report.kind !== 'ready') return;
    isReady = true;
    started.resolve({ url: report.url });
    if (isToEnd) send({ kind: 'end' });
  });
  child.once('exit', settle);
  // What can't be started has an error in place of an end.
  child.once('error', (error) => {
    why ??= error.message;
    settle(null, null);
  });

  return {
    role,
    pid: child.process.pid,
    started: started.promise,
    gone: gone.promise,
    async ask(what) {
      if (!isReady) return undefined;
      asked += 1;
      const id = asked;
      const answer = Promise.withResolvers<Answers[typeof what] | undefined>();
      waiting.set(id, answer.resolve);
      const timer = setTimeout(() => answer.resolve(undefined), ANSWER_MS);
      send({ kind: 'ask', id, what });
      const value = await answer.promise;
      clearTimeout(timer);
      waiting.delete(id);
      return value;
    },
    end() {
      isToEnd = true;
      if (isReady) send({ kind: 'end' });
    },
  };
}
