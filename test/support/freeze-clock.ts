import type { MovableClock } from '../../src/clock.ts';
import { createStillClock, type StillClock } from './still-clock.ts';

/** Lets an application's clock stand still at the present; `advanceClock` and the returned clock still move it. */
export function freezeClock(app: { clock: MovableClock }): StillClock {
  const clock = createStillClock(app.clock.now().toISOString());
  Object.assign(app.clock, { now: clock.now, advance: clock.advance });
  return clock;
}
