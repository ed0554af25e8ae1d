import { setTimeout as pause } from 'node:timers/promises';
import { holdToContract } from '../answer-check.ts';
import { type Answer, call, type RequestOptions } from '../http.ts';
import type { Fleet, Part } from './fleet.ts';

/** How long any answer may take beyond its own wait, in milliseconds: the limit of a statement, and some. */
const ANSWER_LIMIT_MS = 40_000;
/** What finds no answer for so long won't find one, in milliseconds. */
const PATIENCE_MS = 90_000;
const RETRY_MS = 100;
/** How long a server that ends waits for the answers that are under way, in milliseconds. */
const DRAIN_MS = 20_000;

/** Sends requests to the APIs that are there, and looks at how each ends. */
export interface Watch {
  requests: number;
  /** 503 with `Retry-After` while the database was away. */
  unavailable: number;
  /** Without an answer: the process was killed, or had just left. */
  unanswered: number;
  /** What must not have been. */
  faults: string[];
  /** Whether the database can be away; moved by the faults. */
  databaseAway: boolean;
  /** Nobody insists on an answer any more. */
  abandoned: boolean;
  /** Requests that have no answer yet, and for how long, for whoever asks why nothing goes on. */
  pending(): string[];
  /** Undefined: there was no answer with a meaning; ask again. */
  ask(method: string, path: string, options?: RequestOptions): Promise<Answer | undefined>;
  /** Sends again until there is an answer; undefined: there was none for so long that this is a fault. */
  insist(send: () => Promise<Answer | undefined>, what: string): Promise<Answer | undefined>;
}

export interface WatchOptions {
  fleet: Fleet;
  /** `performance.now()` until which starts may be told that there is no room for a relay. */
  fullUntil: () => number;
  random: () => number;
}

export function createWatch({ fleet, fullUntil, random }: WatchOptions): Watch {
  const underWay = new Map<string, number>();
  let lastAway = Number.NEGATIVE_INFINITY;
  let away = false;
  const watch: Watch = {
    requests: 0,
    unavailable: 0,
    unanswered: 0,
    faults: [],
    abandoned: false,
    pending: () =>
      [...underWay].map(([what, since]) => `${what} for ${Math.round((performance.now() - since) / 1000)} s`),
    get databaseAway() {
      return away;
    },
    set databaseAway(isAway) {
      if (away && !isAway) lastAway = performance.now();
      away = isAway;
    },
    async ask(method, path, options = {}) {
      const apis = fleet.apis();
      const part = apis[Math.floor(random() * apis.length)];
      if (!part) return undefined;
      watch.requests += 1;
      const began = performance.now();
      const named = `${method} ${path.split('?')[0]} at api ${part.server.pid}`;
      const key = `${named} (${watch.requests})`;
      underWay.set(key, began);
      let answer: Answer;
      try {
        const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
        answer = await call({ url: part.server.url, checkAnswer: holdToContract }, method, path, {
          ...options,
          signal,
        });
      } catch (error) {
        watch.unanswered += 1;
        const why = faultOf(error as Error, part);
        // One that ends waits only so long for the answers that its database keeps back.
        if (part.leaving && (away || lastAway >= began) && performance.now() - began >= DRAIN_MS) return undefined;
        if (why !== undefined) watch.faults.push(`${named}: ${why}`);
        return undefined;
      } finally {
        underWay.delete(key);
      }
      if (answer.status < 500) return answer;
      const excused = away || lastAway >= began;
      const proper = answer.status === 503 && /^[1-9]\d*$/.test(answer.headers.get('Retry-After') ?? '');
      // It was heard and decided: nobody asks again for it.
      if (proper && answer.body?.error?.code === 'capacity_unavailable' && began < fullUntil()) return answer;
      if (excused && proper) watch.unavailable += 1;
      else
        watch.faults.push(`${named}: ${answer.status} ${excused ? '' : 'while the database was there '}${answer.text}`);
      return undefined;
    },
    async insist(send, what) {
      const deadline = performance.now() + PATIENCE_MS;
      for (;;) {
        const answer = await send();
        if (answer) return answer;
        if (watch.abandoned) return undefined;
        if (performance.now() > deadline) {
          watch.faults.push(`${what} found no answer for ${PATIENCE_MS / 1000} s`);
          return undefined;
        }
        await pause(RETRY_MS);
      }
    },
  };
  return watch;
}

/** What is wrong with a request that got no answer; undefined: nothing, for where it went. */
function faultOf(error: Error, part: Part): string | undefined {
  const { code, message } = (error.cause ?? error) as NodeJS.ErrnoException;
  if (part.killed || (part.leaving && code === 'ECONNREFUSED')) return undefined;
  return `no answer (${code ?? error.name}: ${message})`;
}
