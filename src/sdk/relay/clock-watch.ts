import type { Timers } from '../timers.ts';
import { wait } from './wait.ts';

const LOOK_MS = 10_000;
/** A timer that is so much later or earlier than planned tells of sleep or of a clock that was set. */
const TOLERANCE_MS = 5_000;

/** Calls `onJump` whenever the machine slept or its clock was set, until the signal is aborted. */
export async function watchClock(timers: Timers, onJump: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const planned = timers.now() + LOOK_MS;
    await wait(timers, LOOK_MS, signal);
    if (!signal.aborted && Math.abs(timers.now() - planned) > TOLERANCE_MS) onJump();
  }
}
