/** A usage cycle, `[start, end)`. */
export interface Cycle {
  start: Date;
  end: Date;
}

/**
 * The monthly cycle that `now` falls into, counted from `anchor` in UTC, both ways. A day that a month lacks becomes its
 * last day; other months go back to the day itself (31 January, 28 February, 31 March).
 *
 * @param anchor a moment at which a cycle begins and the one before ends.
 * @param day day of the month on which cycles begin, 1 to 31; that of a clamped anchor is not its own.
 */
export function monthlyCycle(anchor: Date, now: Date, day: number = anchor.getUTCDate()): Cycle {
  const months = (now.getUTCFullYear() - anchor.getUTCFullYear()) * 12 + now.getUTCMonth() - anchor.getUTCMonth();
  const passed = addMonths(anchor, months, day) > now ? months - 1 : months;
  return { start: addMonths(anchor, passed, day), end: addMonths(anchor, passed + 1, day) };
}

function addMonths(anchor: Date, months: number, day: number): Date {
  const moved = new Date(anchor);
  moved.setUTCDate(1);
  moved.setUTCMonth(moved.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth() + 1, 0)).getUTCDate();
  moved.setUTCDate(Math.min(day, lastDay));
  return moved;
}
