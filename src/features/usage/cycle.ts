/** A usage cycle, `[start, end)`. */
export interface Cycle {
  start: Date;
  end: Date;
}

/**
 * The monthly cycle that `now` falls into, counted from `anchor` in UTC. A day that a month lacks becomes its last day;
 * later months go back to the anchor's day (31 January, 28 February, 31 March).
 *
 * @param anchor start of the first cycle. An earlier `now` falls into the first one.
 */
export function monthlyCycle(anchor: Date, now: Date): Cycle {
  const months = (now.getUTCFullYear() - anchor.getUTCFullYear()) * 12 + now.getUTCMonth() - anchor.getUTCMonth();
  const passed = Math.max(0, addMonths(anchor, months) > now ? months - 1 : months);
  return { start: addMonths(anchor, passed), end: addMonths(anchor, passed + 1) };
}

function addMonths(anchor: Date, months: number): Date {
  const moved = new Date(anchor);
  moved.setUTCDate(1);
  moved.setUTCMonth(moved.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth() + 1, 0)).getUTCDate();
  moved.setUTCDate(Math.min(anchor.getUTCDate(), lastDay));
  return moved;
}
