const DAY_MS = 86_400_000;

/** A time as the vendor writes it: UTC, whole seconds, yet six decimals, as in `2026-11-24T12:43:48.000000Z`. */
export function vendorTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}.000000Z`;
}

/** The time so many days (24 h) later. */
export function daysAfter(date: Date, days: number): Date {
  return new Date(date.getTime() + days * DAY_MS);
}

/**
 * The next monthly due date: `anchorDay` (1–31) of the month after `date`, or that month's last day where it is
 * shorter, at the same time of day, in UTC.
 */
export function monthAfter(date: Date, anchorDay: number): Date {
  const next = new Date(date);
  next.setUTCDate(1);
  next.setUTCMonth(next.getUTCMonth() + 1);
  const lastDay = new Date(Date.UTC(next.getUTCFullYear(), next.getUTCMonth() + 1, 0)).getUTCDate();
  next.setUTCDate(Math.min(anchorDay, lastDay));
  return next;
}
