/** Most events that are kept for a reader that is slow; older ones are dropped. */
const KEPT_EVENTS = 1_000;

/** Hands events to whoever listens. */
export interface EventHub<T> {
  emit(event: T): void;
  /** Calls `listener` with every event from now on. @returns what ends that. */
  subscribe(listener: (event: T) => void): () => void;
  /** The events from this call on, until the signal is aborted, the loop over them is left, or the hub is closed. */
  events(signal?: AbortSignal): AsyncIterableIterator<T>;
  close(): void;
}

/** @param onListenerError is told what a listener threw; the others get the event all the same. */
export function createEventHub<T>(onListenerError: (error: unknown) => void): EventHub<T> {
  const listeners = new Set<(event: T) => void>();
  const ends = new Set<() => void>();
  let isClosed = false;

  function subscribe(listener: (event: T) => void): () => void {
    // A function of its own, so that one listener may be there twice.
    const entry = (event: T) => listener(event);
    listeners.add(entry);
    return () => void listeners.delete(entry);
  }

  function events(signal?: AbortSignal): AsyncIterableIterator<T> {
    const kept: T[] = [];
    const readers: ((result: IteratorResult<T, undefined>) => void)[] = [];
    let isOver = isClosed || signal?.aborted === true;
    const unsubscribe = isOver ? () => {} : subscribe(take);
    const over = { done: true, value: undefined } as const;

    function take(event: T): void {
      const reader = readers.shift();
      if (reader) reader({ done: false, value: event });
      else if (kept.push(event) > KEPT_EVENTS) kept.shift();
    }
    function end(): void {
      isOver = true;
      unsubscribe();
      ends.delete(end);
      signal?.removeEventListener('abort', end);
      for (const reader of readers.splice(0)) reader(over);
    }
    if (!isOver) {
      ends.add(end);
      signal?.addEventListener('abort', end);
    }
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      async next() {
        if (kept.length > 0) return { done: false, value: kept.shift() as T };
        return isOver ? over : new Promise((resolve) => readers.push(resolve));
      },
      async return() {
        kept.length = 0;
        end();
        return over;
      },
    };
  }

  return {
    emit(event) {
      for (const listener of [...listeners]) {
        try {
          listener(event);
        } catch (error) {
          onListenerError(error);
        }
      }
    },
    subscribe,
    events,
    close() {
      isClosed = true;
      for (const end of [...ends]) end();
      listeners.clear();
    },
  };
}
