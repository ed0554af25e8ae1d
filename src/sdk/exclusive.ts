/** Does one thing at a time. */
export type Exclusive = <T>(act: () => Promise<T>) => Promise<T>;

/** The part of the Web Locks API that is used here (https://www.w3.org/TR/web-locks/); types for Node lack it. */
interface LockManager {
  request<T>(name: string, act: () => Promise<T>): Promise<T>;
}

/** By name: the last turn of this page or process. */
const turns = new Map<string, Promise<unknown>>();

/** Across the tabs and docks of a browser where it has Web Locks and lets us use them, else within this page or process. */
export function createExclusive(name: string, locks: LockManager | null = webLocks()): Exclusive {
  if (!locks) return (act) => inTurn(name, act);
  return async (act) => {
    let hasBegun = false;
    try {
      return await locks.request(name, () => {
        hasBegun = true;
        return act();
      });
    } catch (error) {
      // A page without an origin of its own is refused.
      if (hasBegun) throw error;
      return inTurn(name, act);
    }
  };
}

function webLocks(): LockManager | null {
  return (globalThis as { navigator?: { locks?: LockManager } }).navigator?.locks ?? null;
}

function inTurn<T>(name: string, act: () => Promise<T>): Promise<T> {
  const last = turns.get(name) ?? Promise.resolve();
  const turn = last.then(act, act);
  turns.set(
    name,
    turn.catch(() => undefined),
  );
  return turn;
}
