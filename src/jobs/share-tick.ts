import type { Database } from '../database/connect.ts';
import type { Tick } from './ticker.ts';

/**
 * The second condition is for a database whose clock was set back; the wait for another one's claim never makes it true.
 */
const CLAIM = `
  insert into schedules (name, period)
    values (:name, date_bin(:everyMs * interval '1 millisecond', clock_timestamp(), timestamptz 'epoch'))
  on conflict (name) do update set period = excluded.period
    where schedules.period < excluded.period or schedules.period > clock_timestamp()`;

/**
 * Makes a tick one that all processes on a database share: time is cut into periods of `everyMs`, and each period's run
 * belongs to whoever claims it first. It holds nothing, so a process that dies takes the rest of its run along and no
 * more: the next period is claimed by another one. A run that takes longer than a period may meet the next one elsewhere.
 *
 * Two runs lie up to two periods apart, since timers don't begin with the periods.
 *
 * @param onElsewhere called when a run is another process's.
 */
export function shareTick(database: Database, tick: Tick, onElsewhere: () => void = () => {}): Tick {
  return {
    ...tick,
    async claim() {
      const { rowCount } = await database.raw<{ rowCount: number }>(CLAIM, { name: tick.name, everyMs: tick.everyMs });
      if (rowCount === 1) return true;
      onElsewhere();
      return false;
    },
  };
}
