import { setTimeout as pause } from 'node:timers/promises';
import { createBatcher } from '../../batcher.ts';
import type { Database } from '../../database/connect.ts';
import type { NotificationListener } from '../../database/listener.ts';
import type { Random } from '../../random.ts';
import type { UserCache } from './user-cache.ts';

/** PostgreSQL channel that tells whose account has changed: the user's id, or `*` for everyone. */
export const ACCOUNT_CHANNEL = 'telemy_accounts';

/** Shortest time from one notification of heartbeats to the next, in milliseconds. */
const TELL_EVERY_MS = 200;
/** Heartbeats of one notification. */
const MOST_TOLD = 1_000;

export interface NoticesOptions {
  database: Database;
  listener: NotificationListener;
  random: Random;
  cache: UserCache;
  /** Channels besides the own one whose payload is the id of a user with a change. */
  alsoHeard: readonly string[];
  onError(error: Error): void;
}

/** What this process tells of its own writes. */
export interface AccountNotices {
  /** After a write, before it is answered: the next read here shows it. Others hear of it from the database. */
  changed(userId: string): void;
  /** After a heartbeat that renewed a lease and no more: the others hear of it from here. */
  renewed(userId: string): void;
}

/** Forgets what others change, and what this process says that it has changed. */
export function openAccountNotices(options: NoticesOptions): AccountNotices {
  const { database, listener, cache, onError } = options;
  // What this process tells it has forgotten already, and may have read again since.
  const me = options.random.token(8);
  listener.onReconnect(() => cache.clear('reconnect'));
  listener.on(ACCOUNT_CHANNEL, (payload) => {
    const [userId = '', origin] = payload.split(' ');
    if (userId === '*') cache.clear('notice');
    else if (origin === undefined) cache.drop(userId, 'notice');
    // Another process's heartbeat.
    else if (origin !== me) cache.dropMarks(userId, 'notice');
  });
  for (const channel of options.alsoHeard) listener.on(channel, (userId) => cache.drop(userId, 'notice'));

  const tell = createBatcher<string>(async (userIds) => {
    const payloads = [...new Set(userIds)].map((userId) => `${userId} ${me}`);
    await database.raw('select pg_notify(?, told) from unnest(?::text[]) as told', [ACCOUNT_CHANNEL, payloads]);
    // Not kept waiting for: the next batch is.
    await pause(TELL_EVERY_MS, undefined, { ref: false });
  }, MOST_TOLD);

  return {
    changed: (userId) => cache.drop(userId, 'own'),
    renewed(userId) {
      cache.dropMarks(userId, 'own');
      // Without this word the others show the old lease until it would have ended, and then ask.
      tell(userId).catch(onError);
    },
  };
}
