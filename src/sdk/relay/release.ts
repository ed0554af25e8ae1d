import { startDelays } from './backoff.ts';
import type { Connection } from './connection.ts';
import type { Entry } from './entry.ts';

/** Whether the server has answered about all connections of a load. Refusals count; removed ones don't. */
export function areAllAnswered(entries: readonly Entry[]): boolean {
  return entries.every((entry) => !entry.read().isHeld || isAnswered(entry.read()));
}

function isAnswered({ isSynced, saved, error }: Connection): boolean {
  return isSynced || saved.removing === true || (error !== null && error.kind !== 'network');
}

/** Lets the connections of a load start, one after the other (AR-2). */
export function releaseHeld(entries: readonly Entry[], random: () => number): void {
  const held = entries.filter((entry) => entry.read().isHeld);
  const starting = held.filter((entry) => !entry.read().session && !entry.read().saved.removing);
  const delays = startDelays(starting.length, random);
  for (const entry of held) {
    entry.tell({ type: 'released', delayMs: delays[starting.indexOf(entry)] ?? 0 });
    entry.wake();
  }
}
