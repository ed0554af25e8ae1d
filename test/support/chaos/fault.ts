import type { Billing } from './billing.ts';
import type { Watch } from './watch.ts';
import type { World } from './world.ts';

/** What a fault works with. */
export interface FaultScene {
  world: World;
  watch: Watch;
  billing: Billing;
  random: () => number;
}

/** Faults of one group would get into each other's way, and never come together. */
export type FaultGroup = 'api' | 'worker' | 'database' | 'provider' | 'other';

/** A thing that goes wrong. */
export interface Fault {
  name: string;
  group: FaultGroup;
  /** For people, in a few words. */
  what: string;
  /** Whether requests may be answered 503 meanwhile. */
  databaseAway?: true;
  /** It takes a PostgreSQL that can be restarted. */
  needsStandby?: true;
  /** Lets it happen; what it answers mends it, as an operator or a supervisor does. */
  begin(scene: FaultScene): Promise<() => Promise<void>>;
}

export const nothing = async (): Promise<void> => {};

/** @throws Error when there is none. */
export function pick<T>(items: readonly T[], random: () => number): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('There is nothing to pick from.');
  return item;
}
