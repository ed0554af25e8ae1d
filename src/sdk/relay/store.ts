import type { TextStorage } from '../token-stores.ts';

/** A start that has no answer yet. It is sent again in the same words until there is one. */
export interface PendingStart {
  /** UUIDv4; the server knows by it that two requests are one wish. */
  idempotencyKey: string;
  region?: string;
  streamSlot?: number;
}

/** A managed connection, as it is kept from one run of OBS to the next. */
export interface SavedConnection {
  /** UUID. */
  connectionId: string;
  /** The user's name for it. */
  label?: string;
  /** Region or alias in which its relays start; absent: the server's choice. */
  region?: string;
  /** Number of its stream slot; absent: the server's choice. */
  streamSlot?: number;
  pendingStart?: PendingStart;
  /** A region change that isn't over; `accepted`: the server knows of it. */
  move?: { region: string; accepted: boolean };
  /** It was removed, and its relay isn't known to be stopped yet. */
  removing?: boolean;
}

/** Keeps the saved connections of a device. It belongs to one manager at a time. Both methods may be asynchronous. */
export interface ConnectionStore {
  load(): readonly SavedConnection[] | Promise<readonly SavedConnection[]>;
  /** Replaces all that was saved before. */
  save(connections: readonly SavedConnection[]): void | Promise<void>;
}

/** Keeps connections for as long as the page or process lives. */
export function createMemoryConnectionStore(connections: readonly SavedConnection[] = []): ConnectionStore {
  let kept = JSON.stringify(connections);
  return {
    load: () => JSON.parse(kept),
    save(list) {
      kept = JSON.stringify(list);
    },
  };
}

/**
 * Keeps connections in a browser's storage. What can't be read there counts as nothing.
 *
 * @param key name of the entry; default `telemy.connections`.
 * @param storage default: the page's `localStorage`, which is looked up at the first use.
 */
export function createLocalStorageConnectionStore(
  key = 'telemy.connections',
  storage?: Pick<TextStorage, 'getItem' | 'setItem'>,
): ConnectionStore {
  const place = () => storage ?? localStorage;
  return {
    load: () => parse(place().getItem(key)),
    save: (list) => place().setItem(key, JSON.stringify(list)),
  };
}

function parse(text: string | null): SavedConnection[] {
  try {
    const list: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(list) ? list.filter((entry) => typeof entry?.connectionId === 'string') : [];
  } catch {
    return [];
  }
}
