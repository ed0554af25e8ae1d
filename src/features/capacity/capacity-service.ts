import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../clock.ts';
import type { Logger } from '../../observability/logger.ts';
import type { CapacityCache, LaunchFigures } from '../relay/index.ts';
import { type CapacityStatus, toCapacityStatus } from './capacity-status.ts';

export interface CapacityService {
  /**
   * The room there is, put together once per window for all who ask. Whoever asks in a new window gets the last answer,
   * unless that is old, and is not kept waiting.
   *
   * @throws what the database throws while there is no answer yet.
   */
  readStatus(): Promise<CapacityStatus>;
}

export interface CapacityServiceOptions {
  capacity: Pick<CapacityCache, 'enterWindow' | 'read'>;
  /** What the launches in each region were like up to `now`; one query. */
  readFigures(now: Date): Promise<ReadonlyMap<string, LaunchFigures>>;
  /** How long a start takes where none was measured. */
  usualStartSeconds: number;
  clock: Clock;
  logger: Logger;
  /** How long anyone waits for a new answer while there is an old one, in real milliseconds. */
  patienceMs?: number;
}

/** An answer that was put together longer ago is only given to those who waited in vain for a new one, in milliseconds. */
const RECENT_MS = 60_000;
const PATIENCE_MS = 1_000;

interface Answer {
  status: CapacityStatus;
  /** The window that it is for. */
  window: number;
  takenAt: Date;
}

export function createCapacityService(options: CapacityServiceOptions): CapacityService {
  const { capacity, readFigures, usualStartSeconds, clock, logger, patienceMs = PATIENCE_MS } = options;
  let last: Answer | undefined;
  let taking: Promise<CapacityStatus> | undefined;

  const take = async (window: number): Promise<CapacityStatus> => {
    const reading = await capacity.read();
    const takenAt = clock.now();
    const status = toCapacityStatus(reading, await readFigures(takenAt), usualStartSeconds, takenAt);
    last = { status, window, takenAt };
    return status;
  };

  const takeOrKeep = async (window: number): Promise<CapacityStatus> => {
    try {
      return await take(window);
    } catch (err) {
      if (!last) throw err;
      logger.warn({ err }, 'capacity_figures_unknown');
      // It is this window's answer too: a database in trouble isn't asked by every request.
      last = { ...last, window };
      return last.status;
    } finally {
      taking = undefined;
    }
  };

  return {
    async readStatus() {
      const window = capacity.enterWindow();
      if (last?.window === window) return last.status;
      taking ??= takeOrKeep(window);
      if (!last) return taking;
      const { status, takenAt } = last;
      if (Math.abs(clock.now().getTime() - takenAt.getTime()) < RECENT_MS) return status;
      return Promise.race([taking, sleep(patienceMs, status, { ref: false })]);
    },
  };
}
