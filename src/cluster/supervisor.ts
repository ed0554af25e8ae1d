import { setTimeout as sleep } from 'node:timers/promises';
import type { Role } from '../features/relay/alive-marks.ts';
import type { Readiness } from '../http/admin-app.ts';
import type { Logger } from '../observability/logger.ts';
import type { Counted } from '../observability/metrics.ts';
import { StartError } from '../start-faults.ts';
import { type Backoff, createBackoff } from './backoff.ts';
import type { Forked } from './forked.ts';
import { keepGrowing, sumMetrics } from './sum-metrics.ts';

export interface SupervisorOptions {
  /** One for each process; they start in groups, one behind the other. */
  groups: readonly (readonly Role[])[];
  fork(role: Role): Forked;
  logger: Logger;
}

/** Keeps processes running. */
export interface Supervisor {
  /**
   * Starts all of them; from then on each that ends is replaced. Returns where the API is.
   *
   * @throws StartError with what the first process that didn't start says; those that did have ended then.
   */
  start(): Promise<string | undefined>;
  readiness(): Promise<Readiness>;
  /** What all of them have counted, those that have ended included. */
  counted(): Promise<Counted[]>;
  /** Ends all of them. Returns true if each finished what was under way. */
  end(): Promise<boolean>;
}

/** Where one process after the other lives. */
interface Place {
  role: Role;
  backoff: Backoff;
  current: Forked | undefined;
  /** False while its first process starts, whose failure is the start's. */
  hasStarted: boolean;
  /** What the process was last seen to have counted. */
  seen: Counted;
}

/** Prepares the processes; none is started yet. */
export function createSupervisor({ groups, fork, logger }: SupervisorOptions): Supervisor {
  const places: Place[] = [];
  const ending = Promise.withResolvers<void>();
  let isEnding = false;
  let past: Counted = [];

  const fill = (place: Place): Forked => {
    const forked = fork(place.role);
    place.current = forked;
    return forked;
  };
  const add = async (role: Role) => {
    const place: Place = { role, backoff: createBackoff(), current: undefined, hasStarted: false, seen: [] };
    places.push(place);
    const forked = fill(place);
    const started = await forked.started;
    if (!started) {
      place.current = undefined;
      const { why, code, signal } = await forked.gone;
      throw new StartError(why ?? `The start failed: the process ended with ${signal ?? code}.`);
    }
    place.hasStarted = true;
    void keep(place, forked);
    return started;
  };
  const keep = async (place: Place, first: Forked): Promise<void> => {
    for (let forked = first; ; ) {
      const { code, signal, why, livedMs } = await forked.gone;
      past = await sumMetrics([past, keepGrowing(place.seen)]).getMetricsAsJSON();
      place.seen = [];
      // Who ends them looks at how they end.
      if (isEnding) return;
      place.current = undefined;
      const waitMs = place.backoff.next(livedMs);
      // With 0 it was asked to, by a signal of its own.
      const level = code === 0 ? 'info' : 'error';
      logger[level]({ role: place.role, process: forked.pid, code, signal, why, again_in_ms: waitMs }, 'process_ended');
      await Promise.race([sleep(waitMs), ending.promise]);
      if (isEnding) return;
      forked = fill(place);
      void tellStart(forked);
    }
  };
  const tellStart = async ({ role, pid, started }: Forked): Promise<void> => {
    if (await started) logger.info({ role, process: pid }, 'process_started');
  };
  const end = async (): Promise<boolean> => {
    isEnding = true;
    ending.resolve();
    // Whoever drains has its clients connect anew, which would lead them to others that are about to drain as well.
    await Promise.all(places.map(({ current }) => current?.ask('refusal')));
    const endings = await Promise.all(
      places.map(async ({ role, current, hasStarted }) => {
        current?.end();
        const ended = await current?.gone;
        if (hasStarted && ended?.why !== undefined)
          logger.error({ role, process: current?.pid, ...ended }, 'process_ended');
        return ended;
      }),
    );
    return endings.every((ended) => ended === undefined || ended.code === 0);
  };

  return {
    async start() {
      const urls: (string | undefined)[] = [];
      try {
        for (const group of groups) {
          if (isEnding) break;
          const started = await Promise.all(group.map(add));
          urls.push(...started.map(({ url }) => url));
        }
      } catch (error) {
        await end();
        throw error;
      }
      for (const { current } of places) if (current) void tellStart(current);
      return urls.find((url) => url !== undefined);
    },
    async readiness() {
      const answers = await Promise.all(places.map(({ current }) => current?.ask('readiness')));
      const present = answers.filter((answer) => answer !== undefined);
      const wanted = groups.flat().length;
      const processes = present.length === wanted ? 'ok' : `${present.length} of ${wanted} answer`;
      const names = new Set(present.flatMap((answer) => Object.keys(answer)));
      const worst = (name: string) => present.map((answer) => answer[name]).find((result) => result !== 'ok') ?? 'ok';
      return { processes, ...Object.fromEntries([...names].map((name) => [name, worst(name)])) };
    },
    async counted() {
      // As of now: what ends while others answer goes over to the past, and would count twice.
      const before = past;
      const answers = places.map(async (place) => {
        const { current, seen } = place;
        const counted = await current?.ask('metrics');
        // Who is too busy to answer still counts.
        if (!counted) return keepGrowing(seen);
        if (place.current === current) place.seen = counted;
        return counted;
      });
      return [before, ...(await Promise.all(answers))];
    },
    end,
  };
}
