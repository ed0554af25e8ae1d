/** How many days, weeks and months with a backup in them keep one. */
export interface RetentionRule {
  daily: number;
  weekly: number;
  monthly: number;
}

export const RETENTION_RULE: RetentionRule = { daily: 7, weekly: 4, monthly: 6 };

/** A backup as far as keeping it goes. */
export interface Keepable {
  name: string;
  at: Date;
  /** Damaged ones fill no place, and are left for an operator to look at. */
  state: 'verified' | 'unverified' | 'damaged';
}

const DAY_MS = 86_400_000;
/** 1970-01-05, the first Monday that a clock in UTC knows. */
const FIRST_MONDAY = 4;

const dayOf = (at: Date): number => Math.floor(at.getTime() / DAY_MS);
const weekOf = (at: Date): number => Math.floor((dayOf(at) - FIRST_MONDAY) / 7);
const monthOf = (at: Date): number => at.getUTCFullYear() * 12 + at.getUTCMonth();

/**
 * Which backups may go. The newest of each of the latest days, weeks (from Monday) and months in UTC that have one
 * stays, and so do the newest of all and the newest that was verified.
 *
 * @returns names, oldest first.
 */
export function chooseExpired(backups: readonly Keepable[], rule: RetentionRule = RETENTION_RULE): string[] {
  const newestFirst = backups
    .filter(({ state }) => state !== 'damaged')
    .sort((a, b) => b.at.getTime() - a.at.getTime() || (a.name < b.name ? 1 : -1));
  const kept = new Set<Keepable | undefined>([
    newestFirst[0],
    newestFirst.find(({ state }) => state === 'verified'),
    ...newestOfEach(newestFirst, dayOf, rule.daily),
    ...newestOfEach(newestFirst, weekOf, rule.weekly),
    ...newestOfEach(newestFirst, monthOf, rule.monthly),
  ]);
  return newestFirst
    .filter((backup) => !kept.has(backup))
    .map(({ name }) => name)
    .reverse();
}

function newestOfEach(newestFirst: readonly Keepable[], periodOf: (at: Date) => number, most: number): Keepable[] {
  const newest = new Map<number, Keepable>();
  for (const backup of newestFirst) {
    const period = periodOf(backup.at);
    if (!newest.has(period)) newest.set(period, backup);
  }
  return [...newest.values()].slice(0, most);
}
