import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/connect.ts';
import type { Random } from '../../random.ts';
import type { Account } from './account.ts';
import type { Plans } from './plans.ts';
import { presentPlan } from './present-plan.ts';
import { ensureSlots, hasToken, renameSlot, replaceStreamToken, type StreamSlot } from './slot-store.ts';

/** The stream slots of an account: as many as its plan has relays. */
export interface SlotService {
  /** The usable slots, made when they are first needed, in the order of their numbers. */
  list(account: Account, db?: Database): Promise<StreamSlot[]>;
  /** Whether a token is that of a slot of the account, usable or not. */
  owns(account: Account, streamToken: string, db?: Database): Promise<boolean>;
  /** Null when the plan doesn't allow that slot. */
  rename(account: Account, slotNumber: number, label: string): Promise<StreamSlot | null>;
  /** Null when the plan doesn't allow that slot. A live session keeps the token it was started with. */
  regenerateToken(account: Account, slotNumber: number): Promise<StreamSlot | null>;
}

export interface SlotServiceOptions {
  database: Database;
  plans: Plans;
  random: Random;
  clock: Clock;
}

export function createSlotService({ database, plans, random, clock }: SlotServiceOptions): SlotService {
  const list: SlotService['list'] = (account, db = database) =>
    ensureSlots(db, random, account.id, presentPlan(account, plans, clock.now()).plan.relays, clock.now());

  const isUsable = async (account: Account, slotNumber: number): Promise<boolean> =>
    (await list(account)).some((slot) => slot.slotNumber === slotNumber);

  return {
    list,
    owns: (account, streamToken, db = database) => hasToken(db, account.id, streamToken),
    async rename(account, slotNumber, label) {
      if (!(await isUsable(account, slotNumber))) return null;
      return renameSlot(database, account.id, slotNumber, label, clock.now());
    },
    async regenerateToken(account, slotNumber) {
      if (!(await isUsable(account, slotNumber))) return null;
      return replaceStreamToken(database, random, account.id, slotNumber, clock.now());
    },
  };
}
