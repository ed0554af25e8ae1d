import type { NotificationListener } from '../../database/listener.ts';
import { errors } from '../../http/errors.ts';
import type { Metrics } from '../../observability/metrics.ts';
import { inSpan, type Tracer } from '../../observability/tracing/tracer.ts';
import { SESSION_CHANNEL } from './lifecycle.ts';

/** Most polls of one user that wait at the same time. */
export const MAX_WAITING_POLLS = 4;

/** Without the listener, waiting polls look by themselves this often, in milliseconds. */
const BLIND_CHECK_MS = 2_000;

/** Lets polls wait for a change of a user's sessions, without a database connection of their own. */
export interface SessionWatch {
  /**
   * Reads until `isNews` says so, the time is over or the signal is aborted, and returns what was read last.
   *
   * @throws ApiError 429 when too many polls of the user wait already.
   */
  waitFor<T>(wait: Wait<T>): Promise<T>;
}

export interface Wait<T> {
  userId: string;
  seconds: number;
  /** Asked for only by a poll that waits: making one costs a tenth of a plain poll. */
  signal(): AbortSignal;
  read(): Promise<T>;
  isNews(value: T): boolean;
}

export function createSessionWatch(listener: NotificationListener, metrics: Metrics, tracer?: Tracer): SessionWatch {
  const waiting = new Map<string, Set<() => void>>();
  listener.on(SESSION_CHANNEL, (userId) => {
    for (const wake of waiting.get(userId) ?? []) wake();
  });
  listener.onReconnect(() => {
    for (const wakes of waiting.values()) for (const wake of wakes) wake();
  });

  const waitFor: SessionWatch['waitFor'] = async ({ userId, seconds, read, isNews, ...wait }) => {
    const first = await read();
    if (isNews(first) || seconds === 0) return first;
    const signal = wait.signal();
    if (signal.aborted) return first;

    const wakes = waiting.get(userId) ?? new Set();
    if (wakes.size >= MAX_WAITING_POLLS) throw errors.tooManyWaitingPolls(MAX_WAITING_POLLS);
    let over = false;
    let changed = true;
    let resume = () => {};
    const wake = () => {
      changed = true;
      resume();
    };
    const end = () => {
      over = true;
      resume();
    };
    const timer = setTimeout(end, seconds * 1000);
    const blind = setInterval(() => listener.connected || wake(), BLIND_CHECK_MS);
    signal.addEventListener('abort', end);
    waiting.set(userId, wakes.add(wake));
    metrics.waitingPolls.inc();
    try {
      // The first round reads again: something may have changed before the wake-up was in place.
      for (;;) {
        while (!changed && !over) {
          await inSpan(
            tracer,
            'long poll wait',
            {},
            () =>
              new Promise<void>((resolve) => {
                resume = resolve;
              }),
          );
        }
        changed = false;
        const value = await read();
        if (over || isNews(value)) return value;
      }
    } finally {
      clearTimeout(timer);
      clearInterval(blind);
      signal.removeEventListener('abort', end);
      wakes.delete(wake);
      if (wakes.size === 0) waiting.delete(userId);
      metrics.waitingPolls.dec();
    }
  };

  return { waitFor };
}
