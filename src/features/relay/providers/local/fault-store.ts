import type { RelayFaults, RelayFaultsChange } from './faults.ts';

/** The faults of one host, and a way to wait for their change. */
export interface FaultStore {
  get(): Readonly<RelayFaults>;
  /** Sets and clears what `change` names. */
  change(change: RelayFaultsChange): void;
  reset(): void;
  /** Calls `listener` after each change, until the returned function is called. */
  subscribe(listener: () => void): () => void;
  /** Resolves once `holds` is true of the faults; rejects when `signal` aborts first. */
  until(holds: (faults: Readonly<RelayFaults>) => boolean, signal: AbortSignal): Promise<void>;
}

/** A store without any fault. */
export function createFaultStore(): FaultStore {
  let faults: Readonly<RelayFaults> = {};
  const listeners = new Set<() => void>();

  function replace(next: RelayFaultsChange): void {
    faults = Object.fromEntries(Object.entries(next).filter(([, value]) => value !== null)) as RelayFaults;
    for (const listener of [...listeners]) listener();
  }

  function subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  return {
    get: () => faults,
    change: (change) => replace({ ...faults, ...change }),
    reset: () => replace({}),
    subscribe,
    async until(holds, signal) {
      signal.throwIfAborted();
      if (holds(faults)) return;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const giveUp = () => reject(signal.reason);
      const unsubscribe = subscribe(() => {
        if (holds(faults)) resolve();
      });
      signal.addEventListener('abort', giveUp, { once: true });
      try {
        await promise;
      } finally {
        unsubscribe();
        signal.removeEventListener('abort', giveUp);
      }
    },
  };
}
