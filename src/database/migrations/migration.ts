import type { Knex } from 'knex';

/** One step of the schema's history. Append-only: a landed migration is never edited. */
export interface Migration {
  /** Without a file extension, so that a compiled build sees the same name. */
  name: string;
  up(knex: Knex): Promise<void>;
  down(knex: Knex): Promise<void>;
  /** Set where servers of the release before could not live with it, were they still what they used to be (CONTRIBUTING). */
  contract?: Contract;
}

/** Why a migration may do what others may not: take away, rename or narrow what is there. */
export interface Contract {
  /** The migration whose release ceased to use what is taken away. It must have been released. */
  after: string;
  /** What makes it safe beside servers of that release. */
  why: string;
}
