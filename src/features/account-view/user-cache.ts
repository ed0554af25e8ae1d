import { LRUCache } from 'lru-cache';
import type { Clock } from '../../clock.ts';

/** What a process keeps of users' accounts between two changes of them. */
export interface UserCache {
  /** What is kept of the user under `key`, or else what `load` brings, which is kept then. */
  read<T>(userId: string, key: string, load: () => Promise<T>, keeping?: Keeping<T>): Promise<T>;
  /** What is kept and may be used now, without loading anything. */
  peek<T>(userId: string, key: string): T | undefined;
  /** Forgets all of a user. What is being loaded at this moment is not kept either. */
  drop(userId: string, cause: DropCause): void;
  /** The same after a heartbeat, which moves marks of a session and nothing else: what is `steady` stays. */
  dropMarks(userId: string, cause: DropCause): void;
  /** Forgets everything. */
  clear(cause: DropCause): void;
}

/** `own`: this process wrote; `notice`: the database told of a change; `reconnect`: something may have been missed. */
export type DropCause = 'own' | 'notice' | 'reconnect';
/** `bypass`: nothing may be kept at present, so the database was asked. */
export type ReadResult = 'hit' | 'miss' | 'bypass';

export interface Keeping<T> {
  /** False: it isn't kept. Default: everything is. */
  may?(value: T): boolean;
  /** From when on it isn't used any more; null: time alone doesn't end it. Default: null. */
  until?(value: T): Date | null;
  /** Whether heartbeats change nothing in it. Default: they may. */
  steady?: boolean;
}

export interface UserCacheOptions {
  clock: Clock;
  /** Whether every change up to now is sure to be heard of: nothing is kept or used otherwise. */
  isCurrent(): boolean;
  onRead(result: ReadResult): void;
  onDrop(cause: DropCause): void;
  /** Most users; beyond it those that were not asked for the longest go. Default: 10,000. */
  mostUsers?: number;
}

interface Kept {
  value: unknown;
  until: Date | null;
  steady: boolean;
}

const MOST_USERS = 10_000;
/** Of one user; devices may be many. */
const MOST_PARTS = 32;

export function createUserCache(options: UserCacheOptions): UserCache {
  const { clock, isCurrent, onRead, onDrop } = options;
  // All of a user is one entry, so that one word of a change forgets all of it.
  const users = new LRUCache<string, Map<string, Kept>>({ max: options.mostUsers ?? MOST_USERS });
  // What began before a change may bring what was true before it, and must not be kept after it.
  const loads = new Map<string, Set<{ overtaken: boolean; steady: boolean }>>();

  const find = (userId: string, key: string): Kept | undefined => {
    if (!isCurrent()) return undefined;
    const kept = users.get(userId)?.get(key);
    return kept && (kept.until === null || clock.now() < kept.until) ? kept : undefined;
  };

  const keep = (userId: string, key: string, kept: Kept): void => {
    const parts = users.get(userId) ?? new Map<string, Kept>();
    parts.delete(key);
    if (parts.size >= MOST_PARTS) parts.delete(parts.keys().next().value as string);
    users.set(userId, parts.set(key, kept));
  };

  return {
    async read<T>(userId: string, key: string, load: () => Promise<T>, keeping: Keeping<T> = {}): Promise<T> {
      const kept = find(userId, key);
      onRead(kept ? 'hit' : isCurrent() ? 'miss' : 'bypass');
      if (kept) return kept.value as T;
      if (!isCurrent()) return load();
      const { steady = false } = keeping;
      const mine = { overtaken: false, steady };
      const all = loads.get(userId) ?? new Set();
      loads.set(userId, all.add(mine));
      try {
        const value = await load();
        if (!mine.overtaken && isCurrent() && (keeping.may?.(value) ?? true)) {
          keep(userId, key, { value, until: keeping.until?.(value) ?? null, steady });
        }
        return value;
      } finally {
        all.delete(mine);
        if (all.size === 0 && loads.get(userId) === all) loads.delete(userId);
      }
    },

    peek: <T>(userId: string, key: string) => find(userId, key)?.value as T | undefined,

    drop(userId, cause) {
      for (const load of loads.get(userId) ?? []) load.overtaken = true;
      if (users.delete(userId)) onDrop(cause);
    },

    dropMarks(userId, cause) {
      for (const load of loads.get(userId) ?? []) load.overtaken ||= !load.steady;
      const parts = users.peek(userId);
      const moved = [...(parts ?? [])].filter(([, { steady }]) => !steady);
      for (const [key] of moved) parts?.delete(key);
      if (moved.length > 0) onDrop(cause);
    },

    clear(cause) {
      for (const all of loads.values()) for (const load of all) load.overtaken = true;
      if (users.size > 0) onDrop(cause);
      users.clear();
    },
  };
}
