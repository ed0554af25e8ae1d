import knex, { type Knex } from 'knex';
import type { Client, QueryResult } from 'pg';
import { QUERY_TIMEOUT_MESSAGE } from './errors.ts';
import { inTurn } from './in-turn.ts';
import { createStatementNames, prepare, type SendStatement, type StatementNames } from './prepared.ts';

/** A connection pool, or a transaction on it: what a store needs to run SQL. */
export type Database = Knex;
export type Transaction = Knex.Transaction;

export interface ConnectOptions {
  url: string;
  /** Most connections at once. */
  poolSize?: number;
  /** Shown in pg_stat_activity. */
  applicationName: string;
  /** Whether the URL leads to a pooler in transaction mode, whose sessions take no settings. Default: it doesn't. */
  throughPooler?: boolean;
  /** How long to wait for the result of a statement, in milliseconds; 0: for ever. */
  queryTimeoutMs?: number | undefined;
  /** Told of each statement as it is sent. */
  watch?: StatementWatch | undefined;
  /** False: what asks to be prepared is not (see `PREPARED`). Through a pooler nothing is. Default: true. */
  prepares?: boolean | undefined;
}

/** Hears of a statement, without its values; what it returns is called at its end, with its error if it fails. */
export type StatementWatch = (sql: string) => (error: Error | null) => void;

/** How long a request waits for a connection before it is answered 503, in milliseconds. */
export const CONNECT_TIMEOUT_MS = 5_000;
/** Default for `queryTimeoutMs`. */
export const QUERY_TIMEOUT_MS = 16_000;
/** The server's own limit comes a little before ours: it can cancel a statement, we can only leave it. */
const SERVER_SHARE = 15 / 16;

/** Opens a pool on PostgreSQL. Connections are made when they are needed. */
export function connectDatabase(options: ConnectOptions): Database {
  const { queryTimeoutMs = QUERY_TIMEOUT_MS, throughPooler = false, prepares = true } = options;
  const names = prepares && !throughPooler ? createStatementNames() : undefined;
  const settings = {
    timezone: 'UTC',
    statement_timeout: Math.trunc(queryTimeoutMs * SERVER_SHARE),
    idle_in_transaction_session_timeout: 30_000,
  };
  return knex({
    client: 'pg',
    connection: {
      connectionString: options.url,
      application_name: options.applicationName,
      ...(throughPooler ? {} : { options: startupOptions(settings) }),
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: queryTimeoutMs,
      keepAlive: true,
      ...pipelining(options),
    },
    pool: {
      min: 0,
      max: options.poolSize ?? 10,
      propagateCreateError: true,
      afterCreate: equipConnection(options.watch, names, !throughPooler),
    },
    acquireConnectionTimeout: CONNECT_TIMEOUT_MS,
    log: { warn() {}, error() {}, debug() {}, deprecate() {} },
  });
}

function startupOptions(settings: Record<string, string | number>): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}

/** How knex begins a transaction. Nobody waits for the answer where statements are pipelined: it goes out with the first. */
const BEGIN = 'BEGIN;';
/** What knex is told in its place; it looks at nothing of it. */
const BEGUN = { command: 'BEGIN', rowCount: null, oid: 0, rows: [], fields: [] } as unknown as QueryResult;

/**
 * Statements that are begun together go out together, and cost one way there and back. knex's types don't know the
 * setting of pg yet.
 */
function pipelining({ throughPooler }: ConnectOptions): object {
  return { pipeline: !throughPooler };
}

/** Sends all that is written in this turn with one call of the system. */
function bundleWrites(stream: Client['connection']['stream']): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}

/**
 * pg leaves a connection whose query timed out waiting for the result, and whoever got it next would wait too. With its
 * socket broken, the rollback fails at once and the pool throws the connection away.
 */
function equipConnection(watch: StatementWatch | undefined, names: StatementNames | undefined, pipelined: boolean) {
  return (connection: Client, done: (error: null, connection: Client) => void): void => {
    const ask: SendStatement = connection.query.bind(connection);
    const query = pipelined ? ask : inTurn(ask);
    let isBeginning = false;
    const isAlone = () => !isBeginning && connection.getTransactionStatus() === 'I';
    const send = names ? prepare(query, names, isAlone) : query;
    const queryOrBreak: SendStatement = (statement, callback) => {
      const end = watch?.(statement.text);
      bundleWrites(connection.connection.stream);
      if (statement.text === BEGIN && pipelined) {
        isBeginning = true;
        // Where it can't begin, nothing more is sent. What went out with it would be written by itself, though its caller is
        // told of a failure: a refused BEGIN on a living connection takes a cancel in that very moment, or no memory left.
        query(statement, (error) => {
          isBeginning = false;
          if (error) connection.connection.stream.destroy(error);
          end?.(error);
        });
        callback(null, BEGUN);
        return;
      }
      send(statement, (error, result) => {
        if (error?.message === QUERY_TIMEOUT_MESSAGE) connection.connection.stream.destroy(error);
        end?.(error);
        callback(error, result);
      });
    };
    done(null, Object.assign(connection, { query: queryOrBreak }));
  };
}
