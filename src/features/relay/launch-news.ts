import type { Database } from '../../database/connect.ts';
import type { NotificationListener } from '../../database/listener.ts';

/** PostgreSQL channel that tells launches to look at once; its payload is the session's id. */
export const LAUNCH_CHANNEL = 'telemy_launches';

/** What launches can hear of their sessions, so that they needn't ask all the time. */
export interface LaunchNews {
  /** Begins to listen for one launch. */
  follow(sessionId: string): FollowedLaunch;
}

export interface FollowedLaunch {
  /**
   * Waits for the next word since the last call, `ms` milliseconds at most.
   *
   * @returns whether there was one.
   * @throws the signal's reason when it is aborted.
   */
  next(ms: number, signal: AbortSignal): Promise<boolean>;
  end(): void;
}

/** Hears what `tellLaunch` tells in any process. A word that is missed costs time only: each wait has an end. */
export function createLaunchNews(listener: Pick<NotificationListener, 'on'>): LaunchNews {
  const followers = new Map<string, Set<() => void>>();
  listener.on(LAUNCH_CHANNEL, (sessionId) => {
    for (const wake of followers.get(sessionId) ?? []) wake();
  });

  return {
    follow(sessionId) {
      let told = false;
      let resume = () => {};
      const wake = () => {
        told = true;
        resume();
      };
      const mine = followers.get(sessionId) ?? new Set();
      followers.set(sessionId, mine.add(wake));
      return {
        async next(ms, signal) {
          signal.throwIfAborted();
          const { promise, resolve } = Promise.withResolvers<void>();
          resume = () => resolve();
          const timer = setTimeout(resume, told ? 0 : ms);
          signal.addEventListener('abort', resume);
          await promise;
          clearTimeout(timer);
          signal.removeEventListener('abort', resume);
          signal.throwIfAborted();
          const heard = told;
          told = false;
          return heard;
        },
        end() {
          mine.delete(wake);
          if (mine.size === 0 && followers.get(sessionId) === mine) followers.delete(sessionId);
        },
      };
    },
  };
}

/** Has the session's launch look, if there is one; once the transaction is committed, where `db` is one. */
export async function tellLaunch(db: Database, sessionId: string): Promise<void> {
  await db.raw('select pg_notify(?, ?)', [LAUNCH_CHANNEL, sessionId]);
}
