import type { Timers } from '../timers.ts';

/** Asks again and again. */
export interface PollLoop {
  /** Asks at once, then at each interval. Does nothing when it runs already. */
  start(): void;
  /** Gives up what is under way; nothing is told of it. */
  stop(): void;
}

/** One question, and who hears the answers. */
export interface PollLoopOptions<T> {
  timers: Timers;
  /** From one question to the next; one that falls due while the last is unanswered is left out. */
  intervalMs: number;
  /** When a question counts as unanswered, whether or not `ask` obeys its signal. */
  timeoutMs: number;
  ask: (signal: AbortSignal) => Promise<T>;
  /** Null: there was no answer. Must not throw. */
  tell: (answer: T | null) => void;
}

/** A loop that hasn't been started. */
export function createPollLoop<T>({ timers, intervalMs, timeoutMs, ask, tell }: PollLoopOptions<T>): PollLoop {
  let endWait: (() => void) | undefined;
  let underWay: AbortController | undefined;

  function tick(): void {
    endWait = timers.after(intervalMs, tick);
    if (!underWay) void askOnce();
  }

  async function askOnce(): Promise<void> {
    const own = new AbortController();
    underWay = own;
    const endLimit = timers.after(timeoutMs, () => own.abort());
    const answer = await within(own.signal, ask).catch(() => null);
    endLimit();
    if (underWay !== own) return;
    underWay = undefined;
    tell(answer);
  }

  return {
    start() {
      if (!endWait) tick();
    },
    stop() {
      endWait?.();
      endWait = undefined;
      const given = underWay;
      underWay = undefined;
      given?.abort();
    },
  };
}

/** Rejects when the signal aborts, even if `ask` doesn't care. */
function within<T>(signal: AbortSignal, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
    (async () => await ask(signal))().then(resolve, reject);
  });
}
