import type { Knex } from 'knex';

/** One step of the schema's history. Append-only: a landed migration is never edited. */
export interface Migration {
  /** Without a file extension, so that a compiled build sees the same name. */
  name: string;
  up(knex: Knex): Promise<void>;
  down(knex: Knex): Promise<void>;
}
