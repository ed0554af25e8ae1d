/** Does one thing at a time. */
export type Exclusive = <T>(act: () => Promise<T>) => Promise<T>;

/** The part of the Web Locks API that is used here (https://www.w3.org/TR/web-locks/); types for Node lack it. */
interface LockManager {
  request<T>(name: string, act: () => Promise<T>): Promise<T>;
}

/** Across the tabs and docks of a browser where it has Web Locks, else within this page or process. */
export function createExclusive(name: string): Exclusive {
  const locks = (globalThis as { navigator?: { locks?: LockManager } }).navigator?.locks;
  if (locks) return (act) => locks.request(name, act);
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const turn = last.then(act, act);
    last = turn.catch(() => undefined);
    return turn;
  };
}
