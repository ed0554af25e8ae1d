/** Something that changes, to be looked at and listened to. */
export interface Observable<T> {
  /** The same object until the next change. */
  getSnapshot(): T;
  /** Calls `listener` after each change, until the returned function is called. What it throws is dropped. */
  subscribe(listener: (snapshot: T) => void): () => void;
}

/** Holds a value and tells of its changes. */
export function createStore<T>(initial: T): Observable<T> & { set(next: T): void } {
  let snapshot = initial;
  const listeners = new Set<{ hear: (snapshot: T) => void }>();
  return {
    getSnapshot: () => snapshot,
    subscribe(listener) {
      const entry = { hear: listener };
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
    set(next) {
      snapshot = next;
      for (const { hear } of [...listeners]) {
        try {
          hear(next);
        } catch {
          // One listener's fault is not the others'.
        }
      }
    },
  };
}
