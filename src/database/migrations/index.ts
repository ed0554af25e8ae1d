import type { Knex } from 'knex';
import { accounts } from './0001-accounts.ts';
import { relays } from './0002-relays.ts';

/** One step of the schema's history. Append-only: a landed migration is never edited. */
export interface Migration {
  /** Without a file extension, so that a compiled build sees the same name. */
  name: string;
  up(knex: Knex): Promise<void>;
  down(knex: Knex): Promise<void>;
}

/** In the order in which they are applied. */
export const migrations: readonly Migration[] = [accounts, relays];
