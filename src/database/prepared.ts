import { createHash } from 'node:crypto';
import type { QueryConfig, QueryResult } from 'pg';

/**
 * For `.options(PREPARED)`: the statement's text is always the same, and it is asked again and again. PostgreSQL then
 * reads and plans it once for each connection instead of each time. Nothing happens where that isn't safe; see `prepare`.
 * A poll that asks the database takes 0.2 instead of 0.5 ms of PostgreSQL, an account 0.3 instead of 0.8 (README, bench).
 */
export const PREPARED: Readonly<PreparedOption> = { prepare: true };

interface PreparedOption {
  prepare?: boolean;
}

/** A statement as knex hands it over: with what `.options` said of it. */
export type Statement = QueryConfig & PreparedOption;
export type QueryCallback = (error: Error | null, result: QueryResult) => void;
export type SendStatement = (statement: Statement, callback: QueryCallback) => void;

/** The names of a pool's statements. */
export interface StatementNames {
  /** The same for the same text, in every process; undefined: it has to do without. */
  of(text: string): string | undefined;
  /** What `name` stands for on a connection is out of date: the text gets another name. */
  renew(text: string, name: string): void;
  /** From now on nothing has a name. */
  end(): void;
}

/** Each connection keeps the plan of each: some ten kB. The service has about a dozen. */
const MOST_NAMES = 32;

/** @param most how many texts get names; further ones do without. */
export function createStatementNames(most: number = MOST_NAMES): StatementNames {
  const names = new Map<string, string>();
  let renewals = 0;
  let hasEnded = false;
  return {
    of(text) {
      if (hasEnded) return undefined;
      const known = names.get(text);
      if (known !== undefined) return known;
      // Its answer would follow the table, and PostgreSQL refuses to change the shape of one that is prepared.
      if (names.size >= most || text.includes('*')) return undefined;
      const name = nameOf(text);
      names.set(text, name);
      return name;
    },
    renew(text, name) {
      // Other connections find out about the same change.
      if (names.get(text) !== name) return;
      renewals += 1;
      names.set(text, `${nameOf(text)}_${renewals}`);
    },
    end() {
      hasEnded = true;
    },
  };
}

/** By the text alone: should processes share sessions after all, one name never stands for two texts. */
function nameOf(text: string): string {
  return `telemy_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
}

/**
 * Sends the statements that ask for it with a name, so that pg prepares each once. Those in a transaction go without: if
 * PostgreSQL refuses what was prepared, the transaction is lost, while a statement by itself has done nothing and is sent again.
 *
 * @param isAlone whether the next statement will be outside of any transaction.
 */
export function prepare(send: SendStatement, names: StatementNames, isAlone: () => boolean): SendStatement {
  return (statement, callback) => {
    const name = statement.prepare === true && isAlone() ? names.of(statement.text) : undefined;
    if (name === undefined) return send(statement, callback);
    send({ ...statement, name }, (error, result) => {
      const refusal = refusalOf(error);
      if (refusal === undefined) return callback(error, result);
      if (refusal === 'changed') names.renew(statement.text, name);
      else names.end();
      send(statement, callback);
    });
  };
}

/**
 * `changed`: a migration gave a column that it answers another type. `foreign`: the session isn't this connection's own;
 * there is a pooler that nobody told us of.
 */
function refusalOf(error: Error | null): 'changed' | 'foreign' | undefined {
  const { code, routine } = (error ?? {}) as { code?: string; routine?: string };
  if (code === '0A000' && routine === 'RevalidateCachedQuery') return 'changed';
  return code === '26000' || code === '42P05' ? 'foreign' : undefined;
}
